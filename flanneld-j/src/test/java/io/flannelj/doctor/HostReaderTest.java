package io.flannelj.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node without daemon, with faults made by hand on a real kernel. */
@Tag("netns")
@RequiresRoot
class HostReaderTest {
  @TempDir private Path directory;
  private TestNamespace node;

  @BeforeEach
  void makeNode() throws IOException {
    node = new TestNamespace();
    node.run(
        "sh",
        "-ec",
        "ip link add eth0 type veth peer name far; ip link set eth0 up;"
            + " ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip link set eth0 mtu 1400;"
            + " echo 0 >/proc/sys/net/ipv4/ip_forward;"
            + " echo 1 >/proc/sys/net/ipv4/conf/flannel.1/rp_filter");
    Files.writeString(
        directory.resolve("net-conf.json"),
        "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
    for (int number : new int[] {2, 3}) {
      Files.writeString(
          directory.resolve("10.244." + number + ".0-24.json"),
          "{\"PublicIP\":\"192.0.2.9\",\"BackendType\":\"vxlan\",\"Node\":\"node" + number + "\"}");
    }
    Path cni = Files.createDirectory(directory.resolve("cni"));
    Files.writeString(cni.resolve("05-old.conf"), "{\"name\":\"old\",\"type\":\"calico\"}");
    Files.writeString(
        cni.resolve("10-flannel.conflist"),
        "{\"name\":\"cbr0\",\"plugins\":[{\"type\":\"flannel\"}]}");
  }

  @AfterEach
  void removeNode() {
    node.close();
  }

  private Map<String, Finding> examine() {
    HostReader reader =
        new HostReader(directory.resolve("net-conf.json"), directory, directory.resolve("cni"));
    return node.namespace().call(() -> Doctor.examine(reader.read(Optional.empty()))).stream()
        .collect(Collectors.toMap(Finding::check, finding -> finding));
  }

  private static Finding find(Map<String, Finding> findings, String check) {
    return Objects.requireNonNull(findings.get(check), check);
  }

  @Test
  void faultsAreFoundWithoutADaemon() {
    Map<String, Finding> findings = examine();
    assertThat(find(findings, "ip_forward").verdict()).isEqualTo(Finding.Verdict.FAIL);
    assertThat(find(findings, "mtu").text()).contains("at most 1350 fit");
    assertThat(find(findings, "rp_filter").text()).startsWith("strict on flannel.1");
    assertThat(find(findings, "leases").text()).contains("192.0.2.9 of node2 and node3");
    assertThat(find(findings, "cni").remedy()).isEqualTo("mv /etc/cni/net.d/05-old.conf /root/");
    assertThat(find(findings, "udp-port").verdict()).isEqualTo(Finding.Verdict.OK);
    assertThat(find(findings, "checksum").text()).startsWith("flannel.1 tx-checksum-ip-generic o");
    assertThat(find(findings, "daemon").verdict()).isEqualTo(Finding.Verdict.WARN);
  }

  /** A FIFO without a writer hangs as a file of a shared file system whose server is gone. */
  @Test
  void leasesThatHangAreNamedAndAllElseIsSaid() throws IOException {
    node.run("mkfifo", directory.resolve("10.244.9.0-24.json").toString());
    Map<String, Finding> findings = examine();
    assertThat(find(findings, "leases").verdict()).isEqualTo(Finding.Verdict.FAIL);
    assertThat(find(findings, "leases").text())
        .isEqualTo(
            "store directory "
                + directory
                + " does not answer within 10 s: a file system that hangs? findmnt tells which one"
                + " it is (--store-dir)");
    assertThat(find(findings, "ip_forward").verdict()).isEqualTo(Finding.Verdict.FAIL);
    node.run("sh", "-c", ": >" + directory.resolve("10.244.9.0-24.json"));
  }

  @Test
  void aStoreThatIsNoDirectoryIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    HostReader reader =
        new HostReader(directory.resolve("net-conf.json"), file, directory.resolve("cni"));
    List<Finding> findings =
        node.namespace().call(() -> Doctor.examine(reader.read(Optional.empty())));
    assertThat(findings)
        .filteredOn(finding -> finding.check().equals("leases"))
        .extracting(Finding::text)
        .containsExactly(
            "store directory "
                + file
                + " cannot be read: java.nio.file.NotDirectoryException: "
                + file);
  }

  @Test
  void filtersOfOthersAreReadAndTheirRemediesWork() {
    node.run("nft", "add table inet host");
    node.run(
        "nft", "add chain inet host input { type filter hook input priority 0; policy accept; }");
    node.run("nft", "add rule inet host input udp dport 8472 counter drop");
    node.run("nft", "add table ip filter");
    node.run(
        "nft", "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }");
    Map<String, Finding> ill = examine();
    assertThat(find(ill, "udp-port").text()).contains("inet host drops UDP 8472");
    assertThat(find(ill, "forward").text()).contains("ip filter FORWARD has policy drop");
    node.run("sh", "-ec", find(ill, "udp-port").remedy());
    node.run("sh", "-ec", find(ill, "forward").remedy());
    Map<String, Finding> mended = examine();
    assertThat(find(mended, "udp-port").verdict()).isEqualTo(Finding.Verdict.OK);
    assertThat(find(mended, "forward").verdict()).isEqualTo(Finding.Verdict.OK);
  }

  @Test
  void aDropByIptablesIsRead() {
    node.run("sh", "-ec", "iptables-nft -A INPUT -p udp --dport 8472 -j DROP");
    assertThat(find(examine(), "udp-port").verdict()).isEqualTo(Finding.Verdict.FAIL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "iptables-legacy"})
  void aRuleThatRefusesAllIsAsGoodAsAPolicy(String program) {
    assumeTrue(
        node.attempt("sh", "-c", program + " -A FORWARD -j REJECT").exit() == 0,
        "SKIPPED: no " + program + ", in this kernel or as a program");
    node.sh(program + " -A FORWARD -s 10.244.0.0/16 -j ACCEPT");
    Finding ill = find(examine(), "forward");
    assertThat(ill.text()).contains(" FORWARD has the rule \"").contains("no rule for the pods");
    node.run("sh", "-ec", ill.remedy());
    assertThat(find(examine(), "forward").verdict()).isEqualTo(Finding.Verdict.OK);
  }
}
