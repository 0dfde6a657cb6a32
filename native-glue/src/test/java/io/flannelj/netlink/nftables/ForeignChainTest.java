package io.flannelj.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.nftables.NftCommand.Placement;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Our rules side by side with those of iptables-nft, which goes on reading and writing its table.
 */
@RequiresRoot
class ForeignChainTest {
  private static final ChainName FORWARD = TableName.ip("filter").chain("FORWARD");
  private static final String COMMENT = "flanneld forward";

  private final TestNamespace namespace = new TestNamespace();
  @TempDir private Path directory;
  private NetlinkSocket socket;
  private NftDump dump;

  @BeforeEach
  void open() {
    socket = namespace.namespace().openNetlink(NetlinkFamily.NETFILTER);
    dump = new NftDump(socket);
    iptables("-P FORWARD DROP");
    namespace.run(
        "iptables-nft",
        "-A",
        "FORWARD",
        "-s",
        "10.1.0.0/20",
        "-m",
        "comment",
        "--comment",
        "not ours",
        "-m",
        "conntrack",
        "--ctstate",
        "NEW",
        "-j",
        "ACCEPT");
  }

  @AfterEach
  void close() {
    socket.close();
    namespace.close();
  }

  private static List<Rule> accepts(String network) {
    IpPrefix prefix = IpPrefix.parse(network);
    return List.of(
        ForeignChain.acceptFrom(FORWARD, prefix, COMMENT),
        ForeignChain.acceptTo(FORWARD, prefix, COMMENT));
  }

  private NftBatch difference(List<Rule> desired) {
    return ForeignChain.difference(
        FORWARD, desired, dump.rules(FORWARD), COMMENT, Placement.INSERT);
  }

  private List<String> rules() {
    return namespace.sh("iptables-nft -S FORWARD").lines().skip(1).toList();
  }

  private void iptables(String arguments) {
    namespace.sh("iptables-nft " + arguments);
  }

  private static final String FOREIGN =
      "-A FORWARD -s 10.1.0.0/20 -m comment --comment \"not ours\" -m conntrack --ctstate NEW"
          + " -j ACCEPT";

  @ParameterizedTest
  @CsvSource({"10.244.0.0/16", "10.240.0.0/12", "10.244.7.0/24", "10.244.7.9/32", "10.0.0.0/8"})
  void iptablesReadsOurRulesAndTheyAreFoundAgain(String network) {
    difference(accepts(network)).run(socket);

    assertThat(rules())
        .containsExactly(
            "-A FORWARD -s " + network + " -m comment --comment \"flanneld forward\" -j ACCEPT",
            "-A FORWARD -d " + network + " -m comment --comment \"flanneld forward\" -j ACCEPT",
            FOREIGN);
    assertThat(difference(accepts(network)).isEmpty()).isTrue();
    namespace.run(
        "iptables-nft",
        "-C",
        "FORWARD",
        "-s",
        network,
        "-m",
        "comment",
        "--comment",
        COMMENT,
        "-j",
        "ACCEPT");
  }

  @Test
  void saveAndRestoreLeavesThemOurs() throws IOException {
    for (String network : List.of("10.244.0.0/16", "10.240.0.0/12", "10.244.7.9/32")) {
      difference(accepts(network)).run(socket);
      Path saved = directory.resolve("saved");
      Files.writeString(saved, namespace.sh("iptables-nft-save"));
      namespace.sh("iptables-nft-restore " + saved);

      List<Rule> restored = dump.rules(FORWARD);
      assertThat(restored)
          .as("the comment is now a match")
          .extracting(Rule::comment)
          .containsOnly("");
      assertThat(ForeignChain.ours(restored, COMMENT)).hasSize(2);
      assertThat(difference(accepts(network)).isEmpty()).isTrue();
    }
  }

  @Test
  void onlyOursAreReplacedAndTakenOut() {
    difference(accepts("10.244.0.0/16")).run(socket);
    iptables("-I FORWARD -s 10.9.0.0/16 -j DROP");
    difference(accepts("10.250.0.0/16")).run(socket);
    assertThat(rules()).hasSize(4).noneMatch(rule -> rule.contains("10.244"));

    difference(List.of()).run(socket);
    assertThat(rules()).containsExactly("-A FORWARD -s 10.9.0.0/16 -j DROP", FOREIGN);
  }

  @Test
  void aRuleOfOursThatIsGoneComesBack() {
    difference(accepts("10.244.0.0/16")).run(socket);
    namespace.run(
        "iptables-nft",
        "-D",
        "FORWARD",
        "-d",
        "10.244.0.0/16",
        "-m",
        "comment",
        "--comment",
        COMMENT,
        "-j",
        "ACCEPT");
    NftBatch batch = difference(accepts("10.244.0.0/16"));
    assertThat(batch.isEmpty()).isFalse();
    batch.run(socket);

    assertThat(rules()).hasSize(3);
    assertThat(difference(accepts("10.244.0.0/16")).isEmpty()).isTrue();
  }

  @Test
  void whatIptablesUsesIsKeptAsItIs() {
    List<Expression> steps = dump.rules(FORWARD).get(0).expressions();
    assertThat(steps.stream().filter(UnknownExpression.class::isInstance).map(Expression::name))
        .containsExactly("match", "match");
    assertThat(dump.chain(FORWARD).flatMap(Chain::base))
        .hasValueSatisfying(base -> assertThat(base.policyDrop()).isTrue());
  }

  @Test
  void theSameInIpv6() {
    namespace.sh("ip6tables-nft -P FORWARD DROP");
    ChainName chain = TableName.ip6("filter").chain("FORWARD");
    for (String network : List.of("fd00:10:244::/48", "fd00:10:244::/47", "fd00::1/128")) {
      IpPrefix prefix = IpPrefix.parse(network);
      List<Rule> desired =
          List.of(
              ForeignChain.acceptFrom(chain, prefix, COMMENT),
              ForeignChain.acceptTo(chain, prefix, COMMENT));
      ForeignChain.difference(chain, desired, dump.rules(chain), COMMENT, Placement.ADD)
          .run(socket);
      assertThat(namespace.sh("ip6tables-nft -S FORWARD"))
          .isEqualTo(
              """
              -P FORWARD DROP
              -A FORWARD -s %s -m comment --comment "flanneld forward" -j ACCEPT
              -A FORWARD -d %s -m comment --comment "flanneld forward" -j ACCEPT
              """
                  .formatted(network, network));
    }
  }

  @ParameterizedTest
  @CsvSource({"DROP", "REJECT", "-m comment --comment end -j REJECT"})
  void oursComeBeforeARuleThatRefusesAll(String refusal) {
    iptables("-F FORWARD");
    iptables("-A FORWARD -s 192.0.2.0/24 -j DROP");
    apply(Placement.ADD);
    iptables("-I FORWARD 2 " + (refusal.startsWith("-") ? refusal : "-j " + refusal));
    assertThat(rules().get(1)).contains(refusal.replaceAll(".* ", "-j "));
    apply(Placement.ADD);
    assertThat(rules()).hasSize(4);
    assertThat(rules().get(0)).isEqualTo("-A FORWARD -s 192.0.2.0/24 -j DROP");
    assertThat(rules().subList(1, 3)).allMatch(rule -> rule.contains(COMMENT));
    List<String> settled = rules();
    apply(Placement.ADD);
    assertThat(rules()).isEqualTo(settled);
  }

  private void apply(Placement placement) {
    NftBatch batch =
        ForeignChain.difference(
            FORWARD, accepts("10.244.0.0/16"), dump.rules(FORWARD), COMMENT, placement);
    if (!batch.isEmpty()) {
      batch.run(socket);
    }
  }
}
