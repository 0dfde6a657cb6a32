package io.flannelj.cni.testkit;

import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniCall;
import io.flannelj.cni.CniError;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.json.Json;
import io.flannelj.testkit.Untrusted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A node for one fuzzed call: a root directory with subnet.env in it, emptied afterwards. Whatever
 * a call says, its answer is a result or an error of the specification, never a stack trace, and no
 * file comes to be outside of the root.
 */
public final class FuzzedNode implements AutoCloseable {
  private final Path outside;
  private final Path root;
  private final FakeCaller caller;

  /**
   * Makes the node.
   *
   * @param outside an empty directory that the root will be in
   */
  public FuzzedNode(Path outside) {
    this.outside = outside;
    this.root = outside.resolve("root");
    try {
      Files.createDirectory(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    caller = new FakeCaller(root);
    caller.write(
        "/run/flannel/subnet.env",
        """
        FLANNEL_NETWORK=10.1.0.0/16
        FLANNEL_SUBNET=10.1.17.1/24
        FLANNEL_MTU=1472
        FLANNEL_IPMASQ=true
        """);
  }

  /** Whose files are below the root. */
  public FakeCaller caller() {
    return caller;
  }

  /** Calls plugins and checks the answer. */
  public CniAnswer call(CniCall call, Plugin... plugins) {
    PluginDispatcher dispatcher =
        new PluginDispatcher(new PluginRegistry(List.of(plugins)), Calls.attachments());
    CniAnswer answer = dispatcher.dispatch(call, caller);
    if (answer.stderr().contains("\tat ")) {
      throw new AssertionError("a failure that is no CniError: " + answer);
    }
    if (answer.isSuccess()) {
      if (!answer.stdout().isEmpty()) {
        Untrusted.shown(Json.parse(answer.stdout()));
      }
    } else {
      CniError error = CniError.parse(answer.stdout()).orElseThrow();
      Untrusted.named(error.getMessage(), error);
    }
    return answer;
  }

  /** Checks that nothing is outside of the root, and removes it. */
  @Override
  public void close() {
    caller.close();
    try (Stream<Path> files = Files.walk(outside)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.startsWith(root) && !file.equals(outside)) {
          throw new AssertionError("made outside of the caller's root: " + file);
        }
        if (!file.equals(outside)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
