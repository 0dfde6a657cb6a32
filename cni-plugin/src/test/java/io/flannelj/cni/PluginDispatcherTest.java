package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.FakePlugin;
import io.flannelj.cni.testkit.FakePod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PluginDispatcherTest {
  private static final String CONF =
      "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"fake\"}";

  @TempDir Path root;
  private FakeCaller caller;
  private FakePlugin plugin;
  private Calls calls;

  @BeforeEach
  void setUp() {
    caller = new FakeCaller(root);
    plugin = new FakePlugin("fake");
    calls = new Calls(caller, Calls.attachments(), plugin);
  }

  @AfterEach
  void tearDown() {
    caller.close();
  }

  private static String conf(String version) {
    return CONF.replace("1.1.0", version);
  }

  private void expect(String verb, String conf, int code, String text, String details) {
    CniError error = calls.error("fake", verb, conf);
    assertThat(error.code()).as(error.getMessage()).isEqualTo(code);
    assertThat(error.text()).isEqualTo(text);
    assertThat(error.details()).isEqualTo(details);
    assertThat(plugin.calls()).isEmpty();
  }

  @Test
  void aPluginGetsEnvironmentAndConfigurationOfEveryVerb() {
    calls.with("CNI_ARGS", "IgnoreUnknown=1");
    for (String verb : List.of("ADD", "CHECK", "GC", "STATUS", "DEL")) {
      assertThat(calls.call("fake", verb, CONF).exitStatus()).isZero();
      assertThat(plugin.lastContext().environment().command()).isEqualTo(verb);
    }
    CniEnvironment environment = plugin.lastContext().environment();
    assertThat(environment.containerId()).isEqualTo("dummy");
    assertThat(environment.ifName()).isEqualTo("eth0");
    assertThat(environment.netns()).isEqualTo("/run/netns/dummy");
    assertThat(environment.args()).isEqualTo("IgnoreUnknown=1");
    assertThat(plugin.calls()).containsExactly("ADD", "CHECK", "GC", "STATUS", "DEL");
  }

  @Test
  void missingVariablesAreAllNamedInTheLibrarysOrder() {
    for (String name : List.of("CNI_PATH", "CNI_IFNAME", "CNI_NETNS", "CNI_CONTAINERID")) {
      calls.with(name, "");
    }
    expect(
        "ADD",
        CONF,
        4,
        "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing",
        "");
    expect(
        "DEL", CONF, 4, "required env variables [CNI_CONTAINERID,CNI_IFNAME,CNI_PATH] missing", "");
    expect("GC", CONF, 4, "required env variables [CNI_PATH] missing", "");
    expect("STATUS", CONF, 4, "required env variables [CNI_PATH] missing", "");
    assertThat(calls.call("fake", "VERSION", "not json").exitStatus()).isZero();
  }

  @Test
  void delNeedsNoNamespace() {
    calls.with("CNI_NETNS", "").silent("fake", "DEL", CONF);
  }

  @Test
  void badValuesAreRefusedBeforeMissingOnes() {
    calls.with("CNI_PATH", "").container("a/b");
    expect("ADD", CONF, 4, "invalid characters in containerID", "a/b");
    calls.container("-a");
    expect("ADD", CONF, 4, "invalid characters in containerID", "-a");
    calls.container("a_.-9");
    String tooLong = "1234567890123456: interface name should be less than 16 characters";
    expectIfName("1234567890123456", "interface name is too long", tooLong);
    expectIfName(".", "interface name is . or ..", ".");
    expectIfName("..", "interface name is . or ..", "..");
    for (String bad : List.of("a/b", "a:b", "a b", "a\tb", "a\u0085", "a\u00a0b", "a\u3000")) {
      expectIfName(bad, "interface name contains / or : or whitespace characters", bad);
    }
  }

  private void expectIfName(String name, String text, String details) {
    calls.with("CNI_IFNAME", name);
    expect("ADD", CONF, 4, text, details);
  }

  @Test
  void configurationsThatCannotBeReadAreRefused() {
    assertThat(calls.error("fake", "ADD", "{").text())
        .startsWith("error unmarshall network config: ");
    assertThat(calls.error("fake", "ADD", "{").code()).isEqualTo(6);
    assertThat(calls.error("fake", "ADD", "[]").code()).isEqualTo(6);
    assertThat(calls.error("fake", "ADD", "{\"name\":5}").code()).isEqualTo(6);
    expect(
        "ADD",
        "{\"type\":\"fake\"}",
        7,
        "missing network name",
        "give the configuration a \"name\"");
    expect(
        "ADD", "{\"name\":\"\"}", 7, "missing network name", "give the configuration a \"name\"");
    expect("ADD", "{\"name\":\"a/b\"}", 7, "invalid characters found in network name", "a/b");
    assertThat(calls.error("fake", "ADD", "{\"name\":\"n\",\"cniVersion\":3}").code()).isEqualTo(6);
    assertThat(calls.error("fake", "ADD", "{\"name\":\"n\",\"ipam\":[]}").code()).isEqualTo(7);
    assertThat(plugin.calls()).isEmpty();
  }

  @Test
  void anUnknownVerbIsNamed() {
    expect("FROB", CONF, 4, "unknown CNI_COMMAND: FROB", "");
  }

  @Test
  void versionsMatchLetterForLetter() {
    plugin.supporting(CniVersion.V0_3_1, CniVersion.V0_4_0);
    String supported = ", plugin supports [\"0.3.1\" \"0.4.0\"]";
    expect("ADD", conf("1.0.0"), 1, "incompatible CNI versions", "config is \"1.0.0\"" + supported);
    expect("DEL", conf("0.4"), 1, "incompatible CNI versions", "config is \"0.4\"" + supported);
    expect(
        "ADD",
        "{\"name\":\"n\"}",
        1,
        "incompatible CNI versions",
        "config is \"0.1.0\"" + supported);
    assertThat(calls.error("fake", "ADD", conf("x.y")).code()).isEqualTo(6);
    assertThat(calls.error("fake", "ADD", conf("1.2.3.4")).code()).isEqualTo(6);
    calls.result("fake", "ADD", conf("0.4.0"));
  }

  @Test
  void aConfigurationWithoutVersionIs010() {
    plugin.adding(
        c ->
            CniResult.parse(
                (io.flannelj.cni.json.JsonObject) Json.parse("{\"ip4\":{\"ip\":\"10.1.2.3/24\"}}"),
                CniVersion.V0_1_0));
    assertThat(calls.result("fake", "ADD", "{\"name\":\"net\"}").toCompactText())
        .isEqualTo("{\"cniVersion\":\"0.1.0\",\"ip4\":{\"ip\":\"10.1.2.3/24\"},\"dns\":{}}");
  }

  @Test
  void checkGcAndStatusNeedTheirVersions() {
    expect("CHECK", conf("0.3.1"), 1, "config version does not allow CHECK", "");
    expect("GC", conf("1.0.0"), 1, "config version does not allow GC", "");
    expect("STATUS", conf("1.0.0"), 1, "config version does not allow STATUS", "");
    plugin.supporting(CniVersion.V0_3_1);
    expect("CHECK", conf("0.4.0"), 1, "plugin version does not allow CHECK", "");
    expect("GC", CONF, 1, "plugin version does not allow GC", "");
    expect("STATUS", CONF, 1, "plugin version does not allow STATUS", "");
    assertThat(calls.error("fake", "CHECK", conf("zero")).code()).isEqualTo(6);
    plugin.supporting(CniVersion.V0_3_1, CniVersion.V1_1_0);
    assertThat(calls.error("fake", "CHECK", conf("0.4.0")).text())
        .isEqualTo("incompatible CNI versions");
  }

  @Test
  void versionIsPrintedWithoutReadingAnything() {
    plugin.supporting(CniVersion.V0_3_1, CniVersion.V0_4_0);
    assertThat(calls.call("fake", "VERSION", "").stdout())
        .isEqualTo("{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\"]}");
  }

  @Test
  void withoutAVerbThePluginTellsAboutItself() {
    CniAnswer answer =
        new PluginDispatcher(new PluginRegistry(List.of(plugin)), Calls.attachments())
            .dispatch(new CniCall("fake", Map.of(), new byte[0]), caller);
    assertThat(answer.exitStatus()).isZero();
    assertThat(answer.stdout()).isEmpty();
    assertThat(answer.stderr())
        .contains("CNI fake plugin")
        .contains(
            "CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
  }

  @Test
  void errorsWithACodePassAndOthersAre999WithTheirTraceOnStandardError() {
    plugin.failing(new CniError(7, "bad", "very"));
    CniAnswer answer = calls.call("fake", "ADD", CONF);
    assertThat(answer.exitStatus()).isEqualTo(1);
    assertThat(answer.stdout())
        .isEqualTo("{\n    \"code\": 7,\n    \"msg\": \"bad\",\n    \"details\": \"very\"\n}");
    plugin.failing(new IllegalStateException("oops"));
    answer = calls.call("fake", "DEL", CONF);
    assertThat(answer.stdout()).isEqualTo("{\n    \"code\": 999,\n    \"msg\": \"oops\"\n}");
    assertThat(answer.stderr())
        .contains("IllegalStateException: oops")
        .contains("PluginDispatcherTest.java");
    plugin.failing(new NullPointerException());
    assertThat(calls.error("fake", "DEL", CONF).text()).contains("NullPointerException");
  }

  @Test
  void theHostsOwnNamespaceIsRefusedBeforeAnythingIsDone() {
    caller.withPod(new FakePod("/run/netns/dummy", true));
    String text = "plugin's netns and netns from CNI_NETNS should not be the same";
    String remedy =
        "CNI_NETNS /run/netns/dummy is the host's own namespace: name the pod's, such as"
            + " /run/netns/NAME";
    expect("ADD", CONF, 8, text, remedy);
    // A DEL releases what is outside, and the plugin gets no namespace to work on.
    assertThat(calls.error("fake", "DEL", CONF).text()).isEqualTo(text);
    assertThat(plugin.calls()).containsExactly("DEL");
    assertThat(plugin.lastContext().caller().pod()).isEmpty();
    assertThat(plugin.lastContext().environment().netns()).isEmpty();
    for (String yes : List.of("1", "true", "TRUE")) {
      calls.with("CNI_NETNS_OVERRIDE", yes).result("fake", "ADD", CONF);
      calls.silent("fake", "DEL", CONF);
      assertThat(plugin.lastContext().caller().pod()).isPresent();
    }
  }

  @Test
  void aNamespaceThatCannotBeUsedIsNamedWhereAPluginNeedsIt() {
    caller.withProblem(false, "setns \"/run/netns/dummy\": Invalid argument");
    plugin.adding(
        c -> {
          c.requirePod();
          return CniResult.EMPTY;
        });
    CniError error = calls.error("fake", "ADD", CONF);
    assertThat(error.code()).isEqualTo(8);
    assertThat(error.text())
        .isEqualTo(
            "failed to open netns \"/run/netns/dummy\":"
                + " setns \"/run/netns/dummy\": Invalid argument");
    calls.silent("fake", "DEL", CONF);
  }

  @Test
  void anAddWhoseResultCannotBeExpressedIsTakenBack() {
    assertThat(calls.error("fake", "ADD", conf("0.2.0")).text())
        .isEqualTo("cannot convert: no valid IP addresses");
    assertThat(plugin.calls()).containsExactly("ADD", "DEL");
  }

  @Test
  void anAddThatCannotBeTakenBackTellsWhyItFailedAllTheSame() {
    plugin.adding(
        c -> {
          plugin.failing(new CniError(999, "no DEL today"));
          return CniResult.EMPTY;
        });
    CniAnswer answer = calls.call("fake", "ADD", conf("0.2.0"));
    assertThat(answer.stdout()).contains("cannot convert: no valid IP addresses");
    assertThat(answer.stderr()).contains("cannot be taken back: ").contains("no DEL today");
  }

  @Test
  void prevResultOfAnotherShapeIsRefusedAndAnAbsentOneIsFine() {
    plugin.adding(c -> c.conf().prevResult().orElse(CniResult.EMPTY));
    calls.result("fake", "ADD", CONF);
    String old = CONF.replace("}", ",\"prevResult\":{\"cniVersion\":\"0.2.0\"}}");
    CniError error = calls.error("fake", "ADD", old);
    assertThat(error.code()).isEqualTo(6);
    assertThat(error.text()).startsWith("could not parse prevResult: ");
  }

  @Test
  void whatAPluginLogsIsOnStandardErrorAlsoIfItFails() {
    plugin.adding(
        c -> {
          c.log("one line");
          throw new CniError(999, "failed");
        });
    assertThat(calls.call("fake", "ADD", CONF).stderr()).isEqualTo("one line\n");
  }

  @Test
  void aDelWaitsForItsRunningAddAndOtherAttachmentsDoNot() throws Exception {
    CountDownLatch inAdd = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    plugin.adding(
        c -> {
          if (c.environment().containerId().equals("slow")) {
            inAdd.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return CniResult.EMPTY;
        });
    PluginDispatcher dispatcher =
        new PluginDispatcher(new PluginRegistry(List.of(plugin)), Calls.attachments());
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<CniAnswer> add = pool.submit(() -> dispatcher.dispatch(call("slow", "ADD"), caller));
      inAdd.await();
      Future<CniAnswer> del = pool.submit(() -> dispatcher.dispatch(call("slow", "DEL"), caller));
      assertThat(dispatcher.dispatch(call("other", "ADD"), caller).isSuccess()).isTrue();
      assertThat(dispatcher.dispatch(call("other", "DEL"), caller).isSuccess()).isTrue();
      assertThat(del.isDone()).isFalse();
      goOn.countDown();
      assertThat(add.get().isSuccess()).isTrue();
      assertThat(del.get().isSuccess()).isTrue();
      assertThat(plugin.calls()).containsExactly("ADD", "ADD", "DEL", "DEL");
    } finally {
      goOn.countDown();
      pool.shutdownNow();
    }
    assertThat(caller.path("/run/flannel/locks")).isEmptyDirectory();
  }

  private static CniCall call(String id, String verb) {
    return new CniCall(
        "fake",
        Map.of(
            "CNI_COMMAND", verb,
            "CNI_CONTAINERID", id,
            "CNI_NETNS", "/run/netns/x",
            "CNI_IFNAME", "eth0",
            "CNI_PATH", "/opt/cni/bin"),
        CONF.getBytes(StandardCharsets.UTF_8));
  }
}
