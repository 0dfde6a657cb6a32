package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the daemon says where something is wrong around it: value and remedy, in one line. It ends
 * only for what no time can heal; from the rest it recovers by itself once the remedy is done.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class BadDaemonInputTest {
  private static final String GOOD = SingleNode.NET_CONF;

  @TempDir private Path scratch;

  /**
   * Something wrong that can be healed.
   *
   * @param prepare what makes it so
   * @param netConf net-conf.json, empty for none
   * @param command what the daemon runs under and with
   * @param words what it must say: value and remedy
   * @param cure what the operator does then
   */
  private record Ailment(
      String name,
      String prepare,
      String netConf,
      SingleNode.Words command,
      List<String> words,
      String cure) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static String write(String netConf) {
    return "echo '" + netConf + "' >$D/new && mv $D/new $D/net-conf.json";
  }

  private static SingleNode.Words flags(String... flags) {
    return new SingleNode.Words(List.of(), List.of(flags));
  }

  private static SingleNode.Words without(String capabilities, String... flags) {
    return new SingleNode.Words(
        List.of("setpriv", "--bounding-set", capabilities, "--inh-caps", capabilities),
        List.of(flags));
  }

  /**
   * A net-conf.json that cannot be.
   *
   * @param words what the daemon must say of it
   */
  private record Mistake(String netConf, List<String> words) {}

  private static final List<Mistake> MISTAKES =
      List.of(
          new Mistake("{\"Network\": \"10.2", List.of("net-conf.json:", "line 1")),
          new Mistake(
              "{\"Network\": \"192.0.0.0/16\"}",
              List.of(
                  "own address 192.0.2.11 on eth0 lies within Network 192.0.0.0/16",
                  "change one of them")),
          new Mistake(
              "{\"Network\": \"10.244.0.0/29\"}", List.of("Network 10.244.0.0/29 is too small")),
          new Mistake(
              "{\"Network\": \"10.244.0.0/16\", \"SubnetMin\": \"10.244.9.0\","
                  + " \"SubnetMax\": \"10.244.8.0\"}",
              List.of("SubnetMin 10.244.9.0 is above SubnetMax 10.244.8.0", "exchange them")),
          new Mistake(
              "{\"Network\": \"10.244.0.0/16\", \"SubnetMin\": \"10.42.1.0\"}",
              List.of("SubnetMin 10.42.1.0 is not within", "10.244.0.0/16")),
          new Mistake(
              "{\"Network\": \"10.244.0.0/16\", \"Backend\": {\"Type\": \"pigeon\"}}",
              List.of("Backend Type \"pigeon\"", "use \"vxlan\"")));

  static List<Ailment> surroundings() {
    return List.of(
        new Ailment(
            "store directory without permission",
            "mkdir $D/leases && chown 65534 $D/leases && chmod 700 $D/leases",
            GOOD,
            without("-dac_override,-dac_read_search"),
            List.of("/leases", "--store-dir"),
            "chown 0 $D/leases"),
        new Ailment(
            "store directory that is a file",
            "echo >$D/leases",
            GOOD,
            SingleNode.Words.NONE,
            List.of("/leases", "--store-dir"),
            "rm $D/leases"),
        new Ailment(
            "VXLAN port in use",
            "python3 -c 'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
                + " s.bind((\"\", 8472)); open(\"/run/bound\", \"w\"); time.sleep(600)' &"
                + " echo $! >/run/holder; until [ -e /run/bound ]; do sleep 0.02; done",
            GOOD,
            SingleNode.Words.NONE,
            List.of("UDP port 8472 of flannel.1 is taken", "ss -lunp", "Port in net-conf.json"),
            "kill $(cat /run/holder)"),
        new Ailment(
            "foreign device with our name",
            "ip link add flannel.1 type bridge",
            GOOD,
            SingleNode.Words.NONE,
            List.of("flannel.1 is of kind \"bridge\"", "ip link delete flannel.1"),
            "ip link delete flannel.1"),
        new Ailment(
            "interface that is not there yet",
            "",
            GOOD,
            flags("--iface=eth9"),
            List.of("no interface matches --iface [eth9]", "there are: lo", "eth0 [192.0.2.11]"),
            "ip link add eth9 type bridge; ip address add 198.51.100.1/24 dev eth9;"
                + " ip link set eth9 up"));
  }

  @BeforeEach
  void assumePossible() {
    Lab.assumePossible();
  }

  @ParameterizedTest
  @MethodSource("surroundings")
  void namesValueAndRemedyAndRecoversOnceItIsDone(Ailment ailment) throws Exception {
    try (SingleNode node =
        new SingleNode(scratch, ailment.netConf(), ailment.prepare(), ailment.command())) {
      node.await("not ready: ");
      for (String word : ailment.words()) {
        node.await(word);
      }
      assertThat(node.log()).doesNotContain("\tat ", "Z INFO  ready");
      assertThat(node.sh("ls /run/flannel")).doesNotContain("subnet.env");
      node.sh(ailment.cure());
      node.await(" ready, subnet ");
      assertThat(node.sh("cat /run/flannel/subnet.env")).contains("FLANNEL_SUBNET=10.244.");
    }
  }

  @Test
  void waitsForAConfigurationThatCanBeAndTellsWhatIsWrongWithEachBefore() throws Exception {
    try (SingleNode node = new SingleNode(scratch, "", "", SingleNode.Words.NONE)) {
      node.await("net-conf.json does not exist; write the network there");
      for (Mistake mistake : MISTAKES) {
        node.sh(write(mistake.netConf()));
        for (String word : mistake.words()) {
          node.await(word);
        }
      }
      assertThat(node.log()).doesNotContain("\tat ", "Z INFO  ready");
      node.sh(write(GOOD));
      node.await(" ready, subnet ");
    }
  }

  @Test
  void aTakenHealthPortDoesNotKeepTheNodeFromItsNetwork() throws Exception {
    String holder =
        "python3 -c 'import socket, time; s = socket.socket(); s.bind((\"127.0.0.1\", 10255));"
            + " s.listen(); open(\"/run/bound\", \"w\"); time.sleep(600)' &"
            + " until [ -e /run/bound ]; do sleep 0.02; done";
    try (SingleNode node =
        new SingleNode(
            scratch, GOOD, holder, flags("--healthz-ip=127.0.0.1", "--healthz-port=10255"))) {
      node.await(" ready, subnet ");
      assertThat(node.log()).contains("127.0.0.1:10255", "--healthz-port").doesNotContain("\tat ");
    }
  }

  @Test
  void aSecondDaemonIsRefusedAndLeavesTheFirstAsItIs() throws Exception {
    try (SingleNode node = new SingleNode(scratch, GOOD, "", SingleNode.Words.NONE)) {
      node.await(" ready, subnet ");
      String daemon = SingleNode.TREE.resolve("bin/flanneld-j").toString();
      SingleNode.Outcome second =
          node.run(
              new byte[0],
              Map.of(),
              daemon,
              "run",
              "--node-name=node1",
              "--net-config-path=" + scratch + "/net-conf.json",
              "--store-dir=" + scratch + "/leases");
      assertThat(second.status()).isEqualTo(1);
      assertThat(second.stdout() + second.stderr())
          .contains("another daemon runs on this node", "/run/flannel-j/lock", "--state-dir")
          .doesNotContain("\tat ");
      SingleNode.Outcome status = node.run(new byte[0], Map.of(), daemon, "status");
      assertThat(status.stdout() + status.stderr()).contains("10.244.");
      assertThat(status.status()).isZero();
    }
  }

  /**
   * What no time can heal: the process itself must be started otherwise.
   *
   * @param status 1 for a failure, 2 for a command line that cannot be
   */
  private record Refusal(String name, SingleNode.Words command, int status, List<String> words) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Refusal> refusals() {
    return List.of(
        new Refusal(
            "without CAP_NET_ADMIN",
            without("-net_admin"),
            1,
            List.of("this process lacks CAP_NET_ADMIN")),
        new Refusal("unknown flag", flags("--ip-mask"), 2, List.of("--ip-mask", "--ip-masq")),
        new Refusal(
            "number from the environment that is none",
            new SingleNode.Words(List.of("env", "FLANNELD_HEALTHZ_PORT=many"), List.of()),
            2,
            List.of("--healthz-port", "many")),
        new Refusal(
            "unknown store",
            flags("--store=floppy"),
            1,
            List.of("--store \"floppy\"", "directory")));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void endsForWhatOnlyAnotherStartCanMend(Refusal refusal) throws Exception {
    try (SingleNode node = new SingleNode(scratch, GOOD, "", refusal.command())) {
      assertThat(node.awaitEnd()).as(node.log()).isEqualTo(refusal.status());
      assertThat(node.log()).contains(refusal.words()).doesNotContain("\tat ");
    }
  }
}
