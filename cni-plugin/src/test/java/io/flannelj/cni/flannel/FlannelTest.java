package io.flannelj.cni.flannel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.FakePlugin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlannelTest {
  private static final String ENV =
      """
      FLANNEL_NETWORK=10.1.0.0/16
      FLANNEL_SUBNET=10.1.17.1/24
      FLANNEL_MTU=1472
      FLANNEL_IPMASQ=true
      """;
  private static final String CONF =
      "{\"cniVersion\":\"1.1.0\",\"name\":\"cbr0\",\"type\":\"flannel\","
          + "\"delegate\":{\"hairpinMode\":true,\"isDefaultGateway\":true}}";
  private static final String SCRATCH = "/var/lib/cni/flannel/dummy";

  @TempDir Path root;
  private FakeCaller caller;
  private FakePlugin bridge;
  private Calls calls;

  @BeforeEach
  void setUp() {
    caller = new FakeCaller(root);
    caller.write("/run/flannel/subnet.env", ENV);
    // Does with its IPAM what the bridge plugin does, and nothing with links.
    bridge =
        new FakePlugin("bridge")
            .adding(c -> c.delegates().add(c.conf().ipamType(), c.conf().raw()));
    calls = newCalls();
  }

  @AfterEach
  void tearDown() {
    caller.close();
  }

  private Calls newCalls() {
    HostLocal hostLocal = new HostLocal(Calls.attachments(), System::currentTimeMillis);
    return new Calls(caller, Calls.attachments(), new Flannel(), bridge, hostLocal);
  }

  @Test
  void addWritesTheScratchFileOfTheGoPluginAndDelRemovesIt() throws Exception {
    JsonObject result = calls.result("flannel", "ADD", CONF);
    assertThat(result.objects("ips").get(0).textOrEmpty("address")).isEqualTo("10.1.17.2/24");
    assertThat(caller.read(SCRATCH))
        .isEqualTo(
            "{\"cniVersion\":\"1.1.0\",\"hairpinMode\":true,\"ipMasq\":false,"
                + "\"ipam\":{\"ranges\":[[{\"subnet\":\"10.1.17.0/24\"}]],"
                + "\"routes\":[{\"dst\":\"10.1.0.0/16\"}],\"type\":\"host-local\"},"
                + "\"isDefaultGateway\":true,\"isGateway\":true,\"mtu\":1472,"
                + "\"name\":\"cbr0\",\"type\":\"bridge\"}");
    assertThat(mode(SCRATCH)).isEqualTo("rw-------");
    assertThat(mode("/var/lib/cni/flannel")).isEqualTo("rwx------");
    calls.silent("flannel", "DEL", CONF);
    assertThat(caller.exists(SCRATCH)).isFalse();
    calls.silent("flannel", "DEL", CONF);
    assertThat(bridge.calls()).containsExactly("ADD", "DEL", "DEL");
    assertThat(caller.path("/var/lib/cni/flannel")).isEmptyDirectory();
  }

  private String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(caller.path(path)));
  }

  @Test
  void theDelegatesConfigurationIsGosByteForByte() throws Exception {
    List<String> lines = new ArrayList<>();
    try (InputStream in = FlannelTest.class.getResourceAsStream("go-delegates.txt")) {
      assertThat(in).isNotNull();
      lines.addAll(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
    String text =
        """
        FLANNEL_NETWORK=10.244.0.0/16
        FLANNEL_SUBNET=10.244.1.1/24
        FLANNEL_MTU=1450
        FLANNEL_IPMASQ=true
        """;
    SubnetEnv env = SubnetEnv.parse("subnet.env", text.getBytes(StandardCharsets.UTF_8));
    assertThat(lines).hasSizeGreaterThan(4);
    for (int i = 0; i < lines.size(); i += 2) {
      JsonObject given = (JsonObject) Json.parse(lines.get(i));
      assertThat(
              DelegateConf.of(io.flannelj.cni.NetConf.of(given), Optional.of(env)).toCompactText())
          .isEqualTo(lines.get(i + 1));
    }
  }

  @Test
  void dualStackGivesOneRangeAndOneRouteOfEachFamily() {
    caller.write(
        "/run/flannel/subnet.env",
        """
        FLANNEL_NETWORK=10.1.0.0/16,192.168.0.0/16,10.1.0.0/16
        FLANNEL_SUBNET=10.1.17.1/24
        FLANNEL_IPV6_NETWORK=fc00::/48
        FLANNEL_IPV6_SUBNET=fc00::1/64
        FLANNEL_MTU=1472
        FLANNEL_IPMASQ=false
        """);
    JsonObject result = calls.result("flannel", "ADD", CONF);
    assertThat(result.objects("ips")).hasSize(2);
    JsonObject delegate = bridge.lastConf();
    assertThat(delegate.bool("ipMasq")).contains(true);
    assertThat(delegate.object("ipam").orElseThrow().toCompactText())
        .isEqualTo(
            "{\"ranges\":[[{\"subnet\":\"10.1.17.0/24\"}],[{\"subnet\":\"fc00::/64\"}]],"
                + "\"routes\":[{\"dst\":\"10.1.0.0/16\"},{\"dst\":\"192.168.0.0/16\"},{\"dst\":\"fc00::/48\"}],"
                + "\"type\":\"host-local\"}");
  }

  @Test
  void delegateKeysThatFlannelSetsItselfAreRefused() {
    assertThat(error("{\"name\":\"x\"}").text())
        .isEqualTo("'delegate' dictionary must not have 'name' field, it'll be set by flannel");
    assertThat(error("{\"ipam\":{}}").text())
        .isEqualTo("'delegate' dictionary must not have 'ipam' field, it'll be set by flannel");
    assertThat(error("{\"type\":1}").text())
        .isEqualTo("'delegate' dictionary, if present, must have (string) 'type' field");
    assertThat(error("{\"type\":\"flannel\"}").code()).isEqualTo(CniError.INVALID_CONFIG);
    assertThat(bridge.calls()).isEmpty();
  }

  private CniError error(String delegate) {
    return calls.error(
        "flannel",
        "ADD",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"cbr0\",\"type\":\"flannel\",\"delegate\":"
            + delegate
            + "}");
  }

  @Test
  void statusNamesContainersOfAFormerSubnet() {
    Calls knowing =
        new Calls(
            caller,
            Calls.attachments(),
            new Flannel(Calls.attachments()),
            bridge,
            new HostLocal(Calls.attachments(), System::currentTimeMillis));
    String record = "\neth0\nbridge\nthis-boot\n0\nveth1\n7\n";
    caller.write("/run/flannel/attachments/cbr0/10.1.17.9", "present" + record);
    caller.write("/run/flannel/attachments/cbr0/10.9.9.9", "elsewhere" + record);
    knowing.silent("flannel", "STATUS", CONF);
    caller.write("/run/flannel/attachments/cbr0/10.1.4.9", "former" + record);
    CniError status = knowing.error("flannel", "STATUS", CONF);
    assertThat(status.code()).isEqualTo(CniError.LIMITED_CONNECTIVITY);
    assertThat(status.text()).contains("subnet is now 10.1.17.0/24").contains("1 running");
    assertThat(status.details()).isEqualTo("10.1.4.9 of container former");
  }

  @Test
  void aMissingSubnetEnvIsNamedAndStatusSaysNotAvailable() throws Exception {
    Files.delete(caller.path("/run/flannel/subnet.env"));
    String text =
        "failed to load flannel 'subnet.env' file: open /run/flannel/subnet.env:"
            + " no such file or directory. Check the flannel pod log for this node.";
    CniError add = calls.error("flannel", "ADD", CONF);
    assertThat(add.code()).isEqualTo(CniError.TRY_AGAIN);
    assertThat(add.text()).isEqualTo(text);
    CniError status = calls.error("flannel", "STATUS", CONF);
    assertThat(status.code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(status.text()).isEqualTo(text);
    assertThat(caller.exists(SCRATCH)).isFalse();
  }

  @Test
  void aSubnetEnvThatLacksKeysOrIsMalformedSaysWhich() {
    caller.write("/run/flannel/subnet.env", "foo=bar\n");
    assertThat(calls.error("flannel", "ADD", CONF).text())
        .contains(
            "/run/flannel/subnet.env is missing FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK,"
                + " FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ");
    caller.write("/run/flannel/subnet.env", ENV.replace("FLANNEL_MTU=1472", "FLANNEL_MTU"));
    assertThat(calls.error("flannel", "ADD", CONF).text()).contains("line FLANNEL_MTU:");
    caller.write("/run/flannel/subnet.env", ENV.replace("10.1.17.1/24", "10.1.17.1"));
    assertThat(calls.error("flannel", "ADD", CONF).text())
        .contains("line FLANNEL_SUBNET=10.1.17.1: malformed prefix");
  }

  @Test
  void delNeedsNeitherScratchFileNorSubnetEnv() throws Exception {
    calls.result("flannel", "ADD", CONF);
    Files.delete(caller.path(SCRATCH));
    Files.delete(caller.path("/run/flannel/subnet.env"));
    calls.with("CNI_NETNS", "").silent("flannel", "DEL", CONF);
    assertThat(bridge.calls()).containsExactly("ADD", "DEL");
    // What the bridge plugin hands on is enough for host-local to release.
    calls.silent("host-local", "DEL", bridge.lastConf().toCompactText());
    assertThat(caller.exists("/var/lib/cni/networks/cbr0/10.1.17.2")).isFalse();
  }

  @Test
  void aScratchFileCutOffByACrashDoesNotHinderDel() {
    calls.result("flannel", "ADD", CONF);
    caller.write(SCRATCH, "");
    calls.silent("flannel", "DEL", CONF);
    assertThat(bridge.calls()).containsExactly("ADD", "DEL");
    assertThat(caller.exists(SCRATCH)).isFalse();
  }

  @Test
  void theScratchFileStaysUntilTheDelegatesDelHasSucceeded() {
    calls.result("flannel", "ADD", CONF);
    bridge.failing(new CniError(999, "busy"));
    assertThat(calls.error("flannel", "DEL", CONF).text()).isEqualTo("busy");
    assertThat(caller.exists(SCRATCH)).isTrue();
    bridge.succeeding();
    calls.silent("flannel", "DEL", CONF);
    assertThat(caller.exists(SCRATCH)).isFalse();
  }

  @Test
  void delUsesTheConfigurationThatAddUsed() {
    calls.result("flannel", "ADD", CONF);
    calls.silent("flannel", "DEL", CONF.replace("\"hairpinMode\":true,", ""));
    assertThat(bridge.lastConf().bool("hairpinMode")).contains(true);
  }

  @Test
  void theScratchFileOfAnotherNetworkOfTheContainerIsLeftAlone() {
    calls.result("flannel", "ADD", CONF);
    String other = CONF.replace("cbr0", "second");
    calls.with("CNI_IFNAME", "eth1").silent("flannel", "DEL", other);
    assertThat(bridge.lastConf().textOrEmpty("name")).isEqualTo("second");
    assertThat(caller.read(SCRATCH)).contains("\"name\":\"cbr0\"");
  }

  @Test
  void whatAnAddLeftThatDiedWhileWritingIsRemovedByDelOrGc() {
    String half = "/var/lib/cni/flannel/.dummy.eth0.new";
    caller.write(half, "{\"name\":");
    calls.silent("flannel", "DEL", CONF);
    assertThat(caller.exists(half)).isFalse();
    caller.write(half, "{\"name\":");
    String gc = CONF.substring(0, CONF.length() - 1) + ",\"cni.dev/valid-attachments\":[]}";
    calls.silent("flannel", "GC", gc);
    assertThat(caller.exists(half)).isFalse();
  }

  @Test
  void aFailedAddLeavesNothingAndASecondAddDoesNotHarmTheFirst() {
    bridge.failing(new CniError(999, "no bridge"));
    assertThat(calls.error("flannel", "ADD", CONF).text()).isEqualTo("no bridge");
    assertThat(caller.exists(SCRATCH)).isFalse();
    bridge.succeeding();
    calls.result("flannel", "ADD", CONF);
    String before = caller.read(SCRATCH);
    calls.error("flannel", "ADD", CONF.replace("\"hairpinMode\":true,", ""));
    assertThat(caller.read(SCRATCH)).isEqualTo(before);
    assertThat(bridge.calls()).containsExactly("ADD", "ADD", "ADD");
  }

  @Test
  void checkReachesTheDelegateWithThePreviousResult() {
    calls.result("flannel", "ADD", CONF);
    String prev =
        CONF.substring(0, CONF.length() - 1) + ",\"prevResult\":{\"cniVersion\":\"1.1.0\"}}";
    calls.silent("flannel", "CHECK", prev);
    assertThat(bridge.calls()).containsExactly("ADD", "CHECK");
    assertThat(bridge.lastConf().has("prevResult")).isTrue();
    bridge.failing(new CniError(999, "veth is gone"));
    assertThat(calls.error("flannel", "CHECK", prev).text()).isEqualTo("veth is gone");
  }

  @Test
  void gcReachesTheDelegateAndRemovesScratchFilesOfThisNetworkOnly() {
    calls.result("flannel", "ADD", CONF);
    calls.container("kept").result("flannel", "ADD", CONF);
    caller.write("/var/lib/cni/flannel/else", "{\"name\":\"other\",\"type\":\"bridge\"}");
    String gc =
        CONF.substring(0, CONF.length() - 1)
            + ",\"cni.dev/valid-attachments\":[{\"containerID\":\"kept\",\"ifname\":\"eth0\"}]}";
    calls.silent("flannel", "GC", gc);
    assertThat(caller.exists(SCRATCH)).isFalse();
    assertThat(caller.exists("/var/lib/cni/flannel/kept")).isTrue();
    assertThat(caller.exists("/var/lib/cni/flannel/else")).isTrue();
    assertThat(bridge.lastConf().array("cni.dev/valid-attachments")).hasSize(1);
    calls.silent("flannel", "STATUS", CONF);
    assertThat(bridge.calls()).containsExactly("ADD", "ADD", "GC", "STATUS");
  }

  @Test
  void aForeignDelegateIsExecutedAndCleanedUpAfterAFailure() {
    List<String> executed = new ArrayList<>();
    caller.withForeign(
        (type, command, stdin, extra) -> {
          executed.add(type + " " + command + " " + extra);
          return command.equals("ADD")
              ? new CniAnswer(1, "{\"code\":101,\"msg\":\"no master\",\"details\":\"eth9\"}", "")
              : new CniAnswer(0, "", "");
        });
    CniError error = error("{\"type\":\"macvlan\"}");
    assertThat(error.code()).isEqualTo(101);
    assertThat(error.text()).isEqualTo("no master");
    assertThat(error.details()).isEqualTo("eth9");
    assertThat(executed).containsExactly("macvlan ADD {}", "macvlan DEL {}");
    assertThat(caller.exists(SCRATCH)).isFalse();
  }

  @Test
  void aForeignDelegatesResultIsPrintedInTheConfigurationsVersion() {
    caller.withForeign(
        (type, command, stdin, extra) -> {
          assertThat(new String(stdin, StandardCharsets.UTF_8)).contains("\"type\":\"macvlan\"");
          assertThat(extra).isEqualTo(Map.of());
          return new CniAnswer(
              0, "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.17.9/24\"}}", "");
        });
    JsonObject result =
        calls.result(
            "flannel",
            "ADD",
            CONF.replace("\"hairpinMode\"", "\"type\":\"macvlan\",\"hairpinMode\""));
    assertThat(result.toCompactText())
        .isEqualTo("{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.1.17.9/24\"}]}");
    assertThat(CniResult.parse(result, io.flannelj.cni.CniVersion.V1_1_0).ips()).hasSize(1);
  }
}
