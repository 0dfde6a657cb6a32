package io.flannelj.cni.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.net.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostLocalTest {
  private static final String DIR = "/var/lib/cni/networks/mynet/";
  private static final String SMALL = "{\"subnet\":\"10.1.2.0/29\"}";
  private static final String DUAL =
      "{\"ranges\":[[{\"subnet\":\"10.1.2.0/24\"},{\"subnet\":\"10.2.2.0/24\"}],"
          + "[{\"subnet\":\"2001:db8:1::0/64\"}]],"
          + "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"192.168.0.0/16\",\"gw\":\"1.1.1.1\"}],"
          + "\"resolvConf\":\"/etc/resolv.conf\"}";

  @TempDir Path root;
  private final Set<String> goneVeths = new HashSet<>();
  private FakeCaller caller;
  private Attachments attachments;
  private Calls calls;

  @BeforeEach
  void setUp() {
    caller = new FakeCaller(root);
    attachments = new Attachments("this-boot", record -> goneVeths.contains(record.hostVeth()));
    calls = newCalls();
  }

  @AfterEach
  void tearDown() {
    caller.close();
  }

  private Calls newCalls() {
    return new Calls(caller, attachments, new HostLocal(attachments, System::currentTimeMillis));
  }

  private static String conf(String ipam) {
    return conf("1.1.0", ipam, "");
  }

  private static String conf(String version, String ipam, String more) {
    String typed = "{\"type\":\"host-local\"," + ipam.substring(1);
    return "{\"cniVersion\":\""
        + version
        + "\",\"name\":\"mynet\",\"type\":\"ipvlan\",\"ipam\":"
        + typed
        + more
        + "}";
  }

  private String add(String id, String ipam) {
    JsonObject ip =
        calls.container(id).result("host-local", "ADD", conf(ipam)).objects("ips").get(0);
    return ip.textOrEmpty("address");
  }

  @Test
  void oneAddressOfEachSetWithTheFilesOfTheReference() throws Exception {
    caller.write("/etc/resolv.conf", "nameserver 192.0.2.3\n");
    JsonObject result = calls.result("host-local", "ADD", conf(DUAL));
    assertThat(result.toCompactText())
        .isEqualTo(
            "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.1.2.2/24\",\"gateway\":\"10.1.2.1\"},"
                + "{\"address\":\"2001:db8:1::2/64\",\"gateway\":\"2001:db8:1::1\"}],"
                + "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"192.168.0.0/16\",\"gw\":\"1.1.1.1\"}],"
                + "\"dns\":{\"nameservers\":[\"192.0.2.3\"]}}");
    assertThat(caller.read(DIR + "10.1.2.2")).isEqualTo("dummy\r\neth0");
    assertThat(caller.read(DIR + "2001:db8:1::2")).isEqualTo("dummy\r\neth0");
    assertThat(caller.read(DIR + "last_reserved_ip.0")).isEqualTo("10.1.2.2");
    assertThat(caller.read(DIR + "last_reserved_ip.1")).isEqualTo("2001:db8:1::2");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(caller.path(DIR + "10.1.2.2"))))
        .isEqualTo("rw-------");
    calls.silent("host-local", "CHECK", conf(DUAL));
    calls.silent("host-local", "DEL", conf(DUAL));
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
    assertThat(caller.exists(DIR + "2001:db8:1::2")).isFalse();
    assertThat(calls.error("host-local", "CHECK", conf(DUAL)).text())
        .isEqualTo("host-local: Failed to find address added by container dummy");
  }

  @Test
  void nothingOnStandardErrorAtFirstUse() {
    assertThat(calls.call("host-local", "ADD", conf(SMALL)).stderr()).isEmpty();
  }

  @Test
  void interfacesOfOneContainerAreSeparate() {
    add("dummy", SMALL);
    calls.with("CNI_IFNAME", "eth1");
    add("dummy", SMALL);
    assertThat(caller.read(DIR + "10.1.2.3")).isEqualTo("dummy\r\neth1");
    calls.silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.2")).isTrue();
    assertThat(caller.exists(DIR + "10.1.2.3")).isFalse();
  }

  @Test
  void aSecondAddWithoutDelIsAnError() {
    add("dummy", SMALL);
    CniError error = calls.error("host-local", "ADD", conf(SMALL));
    assertThat(error.text())
        .isEqualTo(
            "failed to allocate for range 0: 10.1.2.2 has been allocated to dummy,"
                + " duplicate allocation is not allowed");
    assertThat(caller.read(DIR + "10.1.2.2")).isEqualTo("dummy\r\neth0");
  }

  @Test
  void aFailureInALaterSetReleasesOnlyWhatThisAddTook() {
    String two = "{\"ranges\":[[{\"subnet\":\"10.1.2.0/29\"}],[{\"subnet\":\"10.1.3.0/30\"}]]}";
    add("a", two);
    CniError error = calls.container("b").error("host-local", "ADD", conf(two));
    assertThat(error.text())
        .isEqualTo(
            "failed to allocate for range 1: no IP addresses available in range set:"
                + " 10.1.3.1-10.1.3.2");
    assertThat(caller.exists(DIR + "10.1.2.3")).isFalse();
    assertThat(caller.read(DIR + "10.1.2.2")).isEqualTo("a\r\neth0");
    // The reference plugin would release the running attachment's addresses here.
    calls.container("a").error("host-local", "ADD", conf(two));
    assertThat(caller.read(DIR + "10.1.3.2")).isEqualTo("a\r\neth0");
  }

  @Test
  void delFindsRecordsOfOldReleasesAndSkipsWhiteSpace() {
    caller.write(DIR + "10.1.2.3", "dummy");
    caller.write(DIR + "10.1.2.4", " other\r\neth0\n ");
    calls.silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.3")).isFalse();
    calls.container("other").silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.4")).isFalse();
  }

  @Test
  void delNeedsNeitherStateNorRangesNorNamespace() {
    calls.with("CNI_NETNS", "");
    calls.silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists("/var/lib/cni/networks")).isFalse();
    calls.with("CNI_NETNS", "/run/netns/x");
    add("dummy", SMALL);
    calls.with("CNI_NETNS", "");
    calls.silent("host-local", "DEL", conf("{\"ranges\":\"broken\"}"));
    calls.silent("host-local", "DEL", conf("{\"ranges\":\"broken\"}"));
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
  }

  @Test
  void roundRobinSkipsGatewayAndGivesAReleasedAddressLast() {
    List<String> given = new ArrayList<>();
    for (String id : List.of("a", "b", "c")) {
      given.add(add(id, SMALL));
    }
    calls.container("a").silent("host-local", "DEL", conf(SMALL));
    for (String id : List.of("d", "e", "f")) {
      given.add(add(id, SMALL));
    }
    assertThat(given)
        .containsExactly(
            "10.1.2.2/29",
            "10.1.2.3/29",
            "10.1.2.4/29",
            "10.1.2.5/29",
            "10.1.2.6/29",
            "10.1.2.2/29");
    assertThat(calls.container("g").error("host-local", "ADD", conf(SMALL)).text())
        .isEqualTo(
            "failed to allocate for range 0: no IP addresses available in range set:"
                + " 10.1.2.1-10.1.2.6");
    assertThat(calls.error("host-local", "STATUS", conf(SMALL)).code()).isEqualTo(50);
  }

  @Test
  void aCrashedAddsEmptyFileIsFreeAgain() {
    String tiny = "{\"subnet\":\"10.1.2.0/30\"}";
    caller.write(DIR + "10.1.2.2", "");
    calls.silent("host-local", "STATUS", conf(tiny));
    assertThat(add("a", tiny)).isEqualTo("10.1.2.2/30");
    assertThat(caller.read(DIR + "10.1.2.2")).isEqualTo("a\r\neth0");
  }

  @Test
  void aCrashedAddsEmptyFileIsGoneAfterAnyCall() {
    caller.write(DIR + "10.1.2.5", "");
    calls.silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.5")).isFalse();
  }

  @Test
  void recordsOfAnotherBootAreTakenBackBeforeAnAddFails() throws Exception {
    String tiny = "{\"subnet\":\"10.1.2.0/30\"}";
    caller.write("/proc/uptime", "100.00 50.00\n").write("/run/something", "");
    add("a", tiny);
    calls.container("b").error("host-local", "ADD", conf(tiny));
    Path record = caller.path(DIR + "10.1.2.2");
    Files.setLastModifiedTime(record, FileTime.fromMillis(1_000_000_000_000L));
    assertThat(add("b", tiny)).isEqualTo("10.1.2.2/30");
  }

  @Test
  void aClockSetAfterTheStartMakesNoLivingRecordOld() throws Exception {
    String tiny = "{\"subnet\":\"10.1.2.0/30\"}";
    caller.write("/proc/uptime", "100.00 50.00\n").write("/run/something", "");
    add("a", tiny);
    FileTime early = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(caller.path("/run/something"), early);
    Files.setLastModifiedTime(
        caller.path(DIR + "10.1.2.2"), FileTime.fromMillis(early.toMillis() + 5_000));
    calls.container("b").error("host-local", "ADD", conf(tiny));
  }

  @Test
  void aVethThatIsGoneFreesItsAddress() {
    String tiny = "{\"subnet\":\"10.1.2.0/30\"}";
    add("a", tiny);
    Attachment a = new Attachment("mynet", "a", "eth0");
    attachments.put(caller.files(), List.of(record(a, "this-boot", "vetha")));
    calls.container("b").error("host-local", "ADD", conf(tiny));
    goneVeths.add("vetha");
    // While a call works on the attachment its veth may be about to appear.
    try (var lock =
        attachments.lock(caller.files(), "bridge", a, java.time.Duration.ZERO).orElseThrow()) {
      assertThat(lock).isNotNull();
      calls.container("b").error("host-local", "ADD", conf(tiny));
    }
    assertThat(add("b", tiny)).isEqualTo("10.1.2.2/30");
    assertThat(attachments.find(caller.files(), "mynet", IpAddress.parse("10.1.2.2"))).isEmpty();
  }

  @Test
  void aUseThatDisagreesWithTheRecordCountsForNothing() {
    String tiny = "{\"subnet\":\"10.1.2.0/30\"}";
    add("a", tiny);
    attachments.put(
        caller.files(),
        List.of(record(new Attachment("mynet", "former", "eth0"), "old-boot", "vethx")));
    goneVeths.add("vethx");
    calls.container("b").error("host-local", "ADD", conf(tiny));
  }

  @Test
  void aDeadAttachmentOfTheSameNameIsNoDuplicate() {
    add("a", SMALL);
    attachments.put(
        caller.files(), List.of(record(new Attachment("mynet", "a", "eth0"), "old-boot", "vetha")));
    assertThat(add("a", SMALL)).isEqualTo("10.1.2.3/29");
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
  }

  private static AttachmentRecord record(Attachment attachment, String boot, String veth) {
    return new AttachmentRecord(
        IpAddress.parse("10.1.2.2"), attachment, "bridge", boot, 7, veth, 12);
  }

  @Test
  void gcKeepsExactlyWhatIsValid() {
    add("a", SMALL);
    add("b", SMALL);
    caller.write(DIR + "10.1.2.5", "legacy").write(DIR + "10.1.2.6", "gone");
    calls.silent("host-local", "GC", conf(SMALL));
    calls.silent("host-local", "GC", conf("1.1.0", SMALL, ",\"cni.dev/valid-attachments\":null"));
    assertThat(caller.exists(DIR + "10.1.2.6")).isTrue();
    String valid =
        ",\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"eth0\"},"
            + "{\"containerID\":\"legacy\",\"ifname\":\"eth0\"}]";
    calls.silent("host-local", "GC", conf("1.1.0", SMALL, valid));
    assertThat(caller.exists(DIR + "10.1.2.2")).isTrue();
    assertThat(caller.exists(DIR + "10.1.2.3")).isFalse();
    assertThat(caller.exists(DIR + "10.1.2.5")).isTrue();
    assertThat(caller.exists(DIR + "10.1.2.6")).isFalse();
    assertThat(caller.exists(DIR + "lock")).isTrue();
    assertThat(caller.exists(DIR + "last_reserved_ip.0")).isTrue();
    calls.silent("host-local", "GC", conf("1.1.0", SMALL, ",\"cni.dev/attachments\":[]"));
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
  }

  @Test
  void filesOfOthersThatAppearMeanwhileAreSeen() {
    add("a", SMALL);
    caller.write(DIR + "10.1.2.3", "stranger\r\neth0");
    assertThat(add("b", SMALL)).isEqualTo("10.1.2.4/29");
    calls.container("stranger").silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.3")).isFalse();
  }

  @Test
  void aNewProcessKnowsWhatTheLastOneDid() {
    add("a", SMALL);
    calls = newCalls();
    assertThat(add("b", SMALL)).isEqualTo("10.1.2.3/29");
    calls.container("a").silent("host-local", "DEL", conf(SMALL));
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
  }

  @Test
  void dataDirAndItsLinksStayBelowTheCallersRoot() throws Exception {
    Files.createDirectories(caller.path("/srv/real"));
    Files.createSymbolicLink(caller.path("/srv/link"), Path.of("/srv/real"));
    calls.result(
        "host-local", "ADD", conf("{\"subnet\":\"10.1.2.0/29\",\"dataDir\":\"/srv/link\"}"));
    assertThat(caller.read("/srv/real/mynet/10.1.2.2")).isEqualTo("dummy\r\neth0");
  }

  @Test
  void missingResolvConfIsAnErrorThatTakesNoAddress() {
    CniError error =
        calls.error(
            "host-local", "ADD", conf("{\"subnet\":\"10.1.2.0/29\",\"resolvConf\":\"/no\"}"));
    assertThat(error.text()).isEqualTo("open /no: no such file or directory");
    assertThat(caller.exists(DIR + "10.1.2.2")).isFalse();
  }
}
