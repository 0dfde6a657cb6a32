package io.flannelj.testkit;

import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import io.flannelj.netns.NetworkNamespace;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks whether a network namespace can be made, by making one on a thread that then ends. */
final class RootCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(RootCondition.class))
        .getOrComputeIfAbsent("result", key -> evaluate(), ConditionEvaluationResult.class);
  }

  private static ConditionEvaluationResult evaluate() {
    if (Libc.userId() != 0) {
      return ConditionEvaluationResult.disabled(
          "SKIPPED: needs root to make a network namespace; run the build with sudo");
    }
    try {
      NetworkNamespace.onFreshThread(
          () -> {
            Libc.unshare(Libc.CLONE_NEWNET);
            return true;
          });
      return ConditionEvaluationResult.enabled("network namespaces can be made");
    } catch (NativeException e) {
      return ConditionEvaluationResult.disabled(
          "SKIPPED: cannot make a network namespace: " + e.getMessage());
    }
  }
}
