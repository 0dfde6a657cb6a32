package io.flannelj.netlink.nftables.statement;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.expression.Compare;
import io.flannelj.netlink.nftables.expression.CompareOp;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.MetaLoad;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.PayloadBase;
import io.flannelj.netlink.nftables.expression.PayloadLoad;
import io.flannelj.netlink.nftables.expression.Register;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects the expressions of one rule. */
public final class RuleWriter {
  private static final int ETH_P_IP = 0x0800;
  private static final int ETH_P_ARP = 0x0806;
  private static final int ETHER_TYPE = 12;
  private static final int ETH_P_IPV6 = 0x86dd;

  private final NftFamily family;
  private final List<Expression> expressions = new ArrayList<>();
  private final Map<MetaKey, Bytes> known = new EnumMap<>(MetaKey.class);
  private boolean arpChecked;

  RuleWriter(NftFamily family) {
    this.family = family;
  }

  /** A rule without handle. */
  public static Rule rule(ChainName chain, String comment, Statement... statements) {
    RuleWriter out = new RuleWriter(chain.table().family());
    for (Statement statement : statements) {
      statement.appendTo(out);
    }
    return new Rule(chain, 0, out.expressions, comment);
  }

  /** A rule without handle and comment. */
  public static Rule rule(ChainName chain, Statement... statements) {
    return rule(chain, "", statements);
  }

  /** The family of the rule's table. */
  public NftFamily family() {
    return family;
  }

  /** Appends an expression. */
  public RuleWriter add(Expression expression) {
    expressions.add(expression);
    return this;
  }

  /** Appends {@code meta KEY == value} unless this rule has said so already. */
  public void require(MetaKey key, Bytes value) {
    Bytes before = known.put(key, value);
    if (before != null && before.equals(value)) {
      return;
    }
    add(new MetaLoad(key, Register.REG_1));
    add(new Compare(CompareOp.EQ, Register.REG_1, value));
  }

  /** Makes sure that the frame is ARP: as nft, by the frame's own type. */
  void requireArp() {
    if (!arpChecked) {
      arpChecked = true;
      add(new PayloadLoad(PayloadBase.LINK_LAYER, ETHER_TYPE, 2, Register.REG_1));
      add(new Compare(CompareOp.EQ, Register.REG_1, Operand.port(ETH_P_ARP)));
    }
  }

  /**
   * Makes sure that the packet is IPv4 or IPv6 where the family does not.
   *
   * @throws IllegalArgumentException if the table's family never sees such packets
   */
  public void requireIp(boolean ipv4) {
    switch (family) {
      case INET -> require(MetaKey.NFPROTO, Operand.protocol(ipv4 ? 2 : 10));
      case BRIDGE, NETDEV -> require(MetaKey.PROTOCOL, Operand.port(ipv4 ? ETH_P_IP : ETH_P_IPV6));
      case IP, IP6, ARP -> {
        if (ipv4 != (family == NftFamily.IP) || family == NftFamily.ARP) {
          throw new IllegalArgumentException(
              (ipv4 ? "an IPv4" : "an IPv6") + " match in a table of the family " + family);
        }
      }
    }
  }
}
