package io.flannelj.doctor;

import io.flannelj.doctor.HostFacts.FilterChain;
import io.flannelj.doctor.HostFacts.Firewall;
import io.flannelj.doctor.HostFacts.LegacyRules;
import io.flannelj.doctor.HostFacts.RuleView;
import io.flannelj.kernel.Firewalld;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.ChainType;
import io.flannelj.netlink.nftables.ForeignChain;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import io.flannelj.netlink.nftables.text.NftText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads other programs' filters: nftables over netlink, iptables-legacy by its own program, as the
 * kernel tells them nowhere else.
 */
final class FirewallReader {
  private static final Set<NftFamily> FAMILIES =
      Set.of(NftFamily.IP, NftFamily.IP6, NftFamily.INET);
  private static final Set<String> OURS = Set.of("flannel-ipv4", "flannel-ipv6");
  // include/uapi/linux/netfilter/nf_tables.h, and struct xt_udp of xt_tcpudp.h
  private static final int NFTA_MATCH_NAME = 1;
  private static final int NFTA_MATCH_INFO = 3;
  private static final int XT_UDP_DPTS = 4;
  private static final int XT_UDP_SIZE = 9;

  private final NftDump dump;

  FirewallReader(NetlinkTransport netfilter) {
    this.dump = new NftDump(netfilter);
  }

  Firewall read() {
    List<FilterChain> chains = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    try {
      for (TableName table : dump.tables()) {
        if (FAMILIES.contains(table.family()) && !OURS.contains(table.name())) {
          read(table, chains, unread);
        }
      }
    } catch (RuntimeException e) {
      unread.add(String.valueOf(e.getMessage()));
    }
    List<LegacyRules> legacy = new ArrayList<>();
    for (LegacyFamily family : LegacyFamily.values()) {
      if (family.isLoaded("filter")) {
        List<String> rules = new ArrayList<>();
        boolean read = readLegacy(family, rules);
        legacy.add(new LegacyRules(family, rules, !read));
      }
    }
    return new Firewall(chains, unread, legacy, firewalld(unread));
  }

  private Optional<Firewalld> firewalld(List<String> unread) {
    try {
      return Firewalld.read(dump);
    } catch (RuntimeException e) {
      unread.add(Firewalld.TABLE + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private void read(TableName table, List<FilterChain> chains, List<String> unread) {
    try {
      List<Rule> rules = dump.rules(table);
      for (Chain chain : dump.chains(table)) {
        if (chain.base().isPresent() && isFilter(chain.base().get())) {
          chains.add(view(chain.name(), chain.base().get(), rules));
        }
      }
    } catch (RuntimeException e) {
      unread.add(table + ": " + e.getMessage());
    }
  }

  private static FilterChain view(ChainName name, BaseChain base, List<Rule> rules) {
    String refusal = base.policyDrop() ? FilterChain.POLICY : "";
    boolean reached = true;
    List<RuleView> views = new ArrayList<>();
    for (Rule rule : rules) {
      boolean own = rule.chain().equals(name);
      if (own && reached && ForeignChain.refusesAll(rule)) {
        reached = false;
        refusal = "the rule \"" + NftText.of(rule).strip() + "\"";
      }
      if (!own || reached) {
        views.add(new RuleView(NftText.of(rule), comment(rule), udpPorts(rule)));
      }
    }
    return new FilterChain(
        name.table().toString(), name.name(), base.hook() == Hook.INPUT, refusal, views);
  }

  private static boolean isFilter(BaseChain base) {
    return base.type() == ChainType.FILTER
        && (base.hook() == Hook.INPUT || base.hook() == Hook.FORWARD);
  }

  /** iptables-nft keeps a comment in an extension or beside the rule. */
  private static String comment(Rule rule) {
    String ours = "flanneld forward";
    return ForeignChain.ours(List.of(rule), ours).isEmpty() ? rule.comment() : ours;
  }

  /** {@code -p udp --dport} of iptables before 1.8.9 is an extension whose bytes nobody prints. */
  private static List<int[]> udpPorts(Rule rule) {
    List<int[]> ranges = new ArrayList<>();
    for (Expression expression : rule.expressions()) {
      if (!(expression instanceof UnknownExpression unknown) || !unknown.name().equals("match")) {
        continue;
      }
      AttributeReader in = new AttributeReader(ByteBuffer.wrap(unknown.data().toArray()));
      String name = "";
      byte[] info = new byte[0];
      while (in.next()) {
        if (in.type() == NFTA_MATCH_NAME) {
          name = in.string();
        } else if (in.type() == NFTA_MATCH_INFO) {
          info = in.bytes().toArray();
        }
      }
      if (name.equals("udp") && info.length >= XT_UDP_SIZE) {
        ByteBuffer ports = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder());
        int low = ports.getShort(XT_UDP_DPTS) & 0xffff;
        int high = ports.getShort(XT_UDP_DPTS + 2) & 0xffff;
        ranges.add(new int[] {low, high});
      }
    }
    return ranges;
  }

  private static boolean readLegacy(LegacyFamily family, List<String> rules) {
    try {
      Process program =
          new ProcessBuilder(family.program(), "-w", "5", "-S")
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      try (InputStream out = program.getInputStream()) {
        new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(rules::add);
      }
      return program.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
