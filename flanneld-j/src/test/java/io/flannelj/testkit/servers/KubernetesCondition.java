package io.flannelj.testkit.servers;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks for the API server and what it needs. */
final class KubernetesCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return ServerPrograms.evaluate("etcd", "etcdctl", "openssl", "kube-apiserver");
  }
}
