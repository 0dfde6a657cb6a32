package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniResult;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.files.LockQueue;
import io.flannelj.cni.files.RootedFiles;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From the launcher to a plugin and back, through the dispatcher. */
@RequiresRoot
class DispatchedCallsTest {
  private static final String CONFIG =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"flannel\"}";

  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private final Delegating plugin = new Delegating();
  private Launcher launcher;
  private FileDescriptor root;
  private CniServer server;

  /** Delegates to a plugin that is not ours, and remembers what it saw of the pod. */
  private static final class Delegating implements Plugin {
    private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

    @Override
    public String type() {
      return "flannel";
    }

    @Override
    public CniResult add(PluginContext c) {
      PodNamespace pod = c.requirePod();
      try (NetlinkSocket own = NetlinkSocket.open(io.flannelj.netlink.NetlinkFamily.ROUTE)) {
        assertThat(pod.cookie()).isNotEqualTo(own.namespaceCookie());
      }
      assertThat(pod.descriptor()).isPositive();
      seen.add("ADD " + pod.path() + " " + Links.show(pod.rtnetlink()).size());
      c.log("a line for the runtime's log");
      return c.delegates().add("static", (JsonObject) Json.parse(CONFIG));
    }

    @Override
    public void del(PluginContext c) {
      seen.add("DEL");
    }
  }

  @BeforeEach
  void start() throws Exception {
    launcher = new Launcher();
    Attachments attachments = new Attachments("boot", record -> false);
    PluginDispatcher dispatcher =
        new PluginDispatcher(new PluginRegistry(List.of(plugin)), attachments);
    LockQueue locks = new LockQueue();
    // Locks and records of a test do not belong into the machine's /run.
    root = Files.open(launcher.directory().toString(), Files.O_RDONLY, 0);
    server =
        CniServer.start(
            ServerSettings.of(launcher.socket(), "b", log::add),
            new DispatchedCalls(dispatcher, callersRoot -> new RootedFiles(root, locks)));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    root.close();
    launcher.close();
  }

  private Launcher.Outcome add(String netns) throws Exception {
    return launcher.start("ADD", "c1", CONFIG, Map.of("CNI_NETNS", netns)).await();
  }

  @Test
  void passesPodDelegateAndLog() throws Exception {
    launcher.foreignPlugin(
        "static",
        "#!/bin/sh\necho '{\"cniVersion\":\"1.0.0\",\"dns\":{\"domain\":\"'$CNI_COMMAND'\"}}'\n");
    try (TestNamespace pod = new TestNamespace()) {
      Launcher.Outcome outcome = add(pod.path());
      assertThat(outcome.status()).as(outcome.toString()).isZero();
      assertThat(outcome.stdout()).contains("\"domain\": \"ADD\"");
      assertThat(outcome.stderr()).isEqualTo("a line for the runtime's log\n");
      assertThat(plugin.seen).containsExactly("ADD " + pod.path() + " 1");
    }
  }

  @Test
  void passesTheErrorsOfForeignPlugins() throws Exception {
    try (TestNamespace pod = new TestNamespace()) {
      assertThat(add(pod.path()).stdout()).contains("failed to find plugin \\\"static\\\" in path");
      launcher.foreignPlugin(
          "static", "#!/bin/sh\necho '{\"code\":42,\"msg\":\"mine\"}'; exit 1\n");
      assertThat(add(pod.path()).stdout()).contains("\"code\": 42").contains("mine");
      launcher.foreignPlugin("static", "#!/bin/sh\nkill -9 $$\n");
      assertThat(add(pod.path()).stdout())
          .contains("netplugin failed with no error message: signal: killed");
      launcher.foreignPlugin("static", "#!/bin/sh\nhead -c 2000000 /dev/zero\n");
      assertThat(add(pod.path()).stdout()).contains("plugin static printed more than 1 MiB");
    }
  }

  @Test
  void tellsWhyThereIsNoPod() throws Exception {
    assertThat(add("/nonexistent").stdout())
        .contains("failed to open netns \\\"/nonexistent\\\"")
        .contains("No such file or directory");
    assertThat(add("/proc/self/ns/net").stdout()).contains("should not be the same");
    assertThat(plugin.seen).isEmpty();
  }
}
