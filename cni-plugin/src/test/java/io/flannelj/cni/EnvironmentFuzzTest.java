package io.flannelj.cni;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * CNI_ARGS and the other variables of a call.
 *
 * <p>Input: lines {@code NAME=VALUE}.
 */
class EnvironmentFuzzTest {
  private static final List<String> KNOWN_ARGS = List.of("IP", "MAC", "K8S_POD_NAME");

  @FuzzTest
  void variables(byte[] input) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String line : new String(input, StandardCharsets.UTF_8).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        variables.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    Untrusted.within(
        () -> {
          Untrusted.only(CniError.class, () -> environment(variables));
          Untrusted.only(
              CniError.class, () -> args(variables.getOrDefault("CNI_ARGS", ""), KNOWN_ARGS));
        });
  }

  private static void environment(Map<String, String> variables) {
    CniEnvironment read;
    try {
      read = CniEnvironment.of(variables);
    } catch (CniError e) {
      requireCode(e);
      throw e;
    }
    boolean attachment = List.of("ADD", "DEL", "CHECK").contains(read.command());
    // They become file names and arguments of system calls.
    if (attachment && (read.containerId().contains("/") || read.containerId().startsWith("."))) {
      throw new AssertionError("container ID " + read.containerId());
    }
    if (attachment && (read.ifName().contains("/") || read.ifName().indexOf('\0') >= 0)) {
      throw new AssertionError("interface name " + read.ifName());
    }
  }

  private static void args(String text, List<String> known) {
    try {
      CniArgs args = CniArgs.parse(text, known);
      List<String> pairs = new ArrayList<>();
      args.values().forEach((key, value) -> pairs.add(key + "=" + value));
      Untrusted.same(args, CniArgs.parse(String.join(";", pairs), known));
    } catch (CniError e) {
      requireCode(e);
      if (!e.getMessage().contains("ARGS")) {
        throw new AssertionError("does not say that CNI_ARGS is wrong: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private static void requireCode(CniError error) {
    if (error.code() != CniError.INVALID_ENVIRONMENT) {
      throw new AssertionError("code " + error.code(), error);
    }
  }
}
