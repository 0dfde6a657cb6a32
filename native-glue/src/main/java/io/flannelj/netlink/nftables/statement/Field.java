package io.flannelj.netlink.nftables.statement;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.expression.CtKey;
import io.flannelj.netlink.nftables.expression.CtLoad;
import io.flannelj.netlink.nftables.expression.Fib;
import io.flannelj.netlink.nftables.expression.FibFlag;
import io.flannelj.netlink.nftables.expression.FibResult;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.MetaLoad;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.PayloadBase;
import io.flannelj.netlink.nftables.expression.PayloadLoad;
import io.flannelj.netlink.nftables.expression.Register;
import java.util.Set;

/** Something of a packet that can be compared or looked up, with nft's data type. */
public enum Field {
  IP_SADDR(DataType.IPV4_ADDR),
  IP_DADDR(DataType.IPV4_ADDR),
  IP6_SADDR(DataType.IPV6_ADDR),
  IP6_DADDR(DataType.IPV6_ADDR),
  ETHER_SADDR(DataType.ETHER_ADDR),
  ETHER_DADDR(DataType.ETHER_ADDR),
  /** Sender's IPv4 address of an ARP packet for IPv4 over Ethernet. */
  ARP_SADDR_IP(DataType.IPV4_ADDR),
  TCP_SPORT(DataType.INET_SERVICE),
  TCP_DPORT(DataType.INET_SERVICE),
  UDP_SPORT(DataType.INET_SERVICE),
  UDP_DPORT(DataType.INET_SERVICE),
  SCTP_DPORT(DataType.INET_SERVICE),
  /** Source port of whatever transport protocol; check the protocol beside it. */
  TH_SPORT(DataType.INET_SERVICE),
  /** Destination port of whatever transport protocol; check the protocol beside it. */
  TH_DPORT(DataType.INET_SERVICE),
  L4PROTO(DataType.INET_PROTO),
  NFPROTO(DataType.NF_PROTO),
  MARK(DataType.MARK),
  IIFNAME(DataType.IFNAME),
  OIFNAME(DataType.IFNAME),
  CT_STATE(DataType.CT_STATE),
  CT_STATUS(DataType.CT_STATUS),
  CT_MARK(DataType.MARK),
  FIB_DADDR_TYPE(DataType.FIB_ADDRTYPE),
  FIB_SADDR_TYPE(DataType.FIB_ADDRTYPE);

  private static final Bytes TCP = Operand.protocol(6);
  private static final Bytes UDP = Operand.protocol(17);
  private static final Bytes SCTP = Operand.protocol(132);

  private final DataType type;

  Field(DataType type) {
    this.type = type;
  }

  /** nft's data type of the value. */
  public DataType type() {
    return type;
  }

  /** Appends what must be checked first: the protocol that has this field. */
  public void require(RuleWriter out) {
    switch (this) {
      case IP_SADDR, IP_DADDR -> out.requireIp(true);
      case IP6_SADDR, IP6_DADDR -> out.requireIp(false);
      case TCP_SPORT, TCP_DPORT -> out.require(MetaKey.L4PROTO, TCP);
      case UDP_SPORT, UDP_DPORT -> out.require(MetaKey.L4PROTO, UDP);
      case SCTP_DPORT -> out.require(MetaKey.L4PROTO, SCTP);
      case ARP_SADDR_IP -> {
        if (out.family() != NftFamily.ARP) {
          out.requireArp();
        }
      }
      case ETHER_SADDR, ETHER_DADDR -> {
        if (out.family() != NftFamily.BRIDGE && out.family() != NftFamily.NETDEV) {
          throw new IllegalArgumentException(
              "ether addresses in a table of the family " + out.family());
        }
      }
      case TH_SPORT,
          TH_DPORT,
          L4PROTO,
          NFPROTO,
          MARK,
          IIFNAME,
          OIFNAME,
          CT_STATE,
          CT_STATUS,
          CT_MARK,
          FIB_DADDR_TYPE,
          FIB_SADDR_TYPE -> {
        // Every packet of every family has these.
      }
    }
  }

  /** Appends the loading of this field, or of its first bytes, into a register. */
  void load(RuleWriter out, Register target, int length) {
    switch (this) {
      case IP_SADDR -> network(out, 12, length, target);
      case IP_DADDR -> network(out, 16, length, target);
      case IP6_SADDR -> network(out, 8, length, target);
      case IP6_DADDR -> network(out, 24, length, target);
      case ARP_SADDR_IP -> network(out, 14, length, target);
      case ETHER_SADDR -> out.add(new PayloadLoad(PayloadBase.LINK_LAYER, 6, length, target));
      case ETHER_DADDR -> out.add(new PayloadLoad(PayloadBase.LINK_LAYER, 0, length, target));
      case TCP_SPORT, UDP_SPORT, TH_SPORT ->
          out.add(new PayloadLoad(PayloadBase.TRANSPORT, 0, length, target));
      case TCP_DPORT, UDP_DPORT, SCTP_DPORT, TH_DPORT ->
          out.add(new PayloadLoad(PayloadBase.TRANSPORT, 2, length, target));
      case L4PROTO -> out.add(new MetaLoad(MetaKey.L4PROTO, target));
      case NFPROTO -> out.add(new MetaLoad(MetaKey.NFPROTO, target));
      case MARK -> out.add(new MetaLoad(MetaKey.MARK, target));
      case IIFNAME -> out.add(new MetaLoad(MetaKey.IIFNAME, target));
      case OIFNAME -> out.add(new MetaLoad(MetaKey.OIFNAME, target));
      case CT_STATE -> out.add(new CtLoad(CtKey.STATE, target));
      case CT_STATUS -> out.add(new CtLoad(CtKey.STATUS, target));
      case CT_MARK -> out.add(new CtLoad(CtKey.MARK, target));
      case FIB_DADDR_TYPE -> out.add(fib(FibFlag.DADDR, target));
      case FIB_SADDR_TYPE -> out.add(fib(FibFlag.SADDR, target));
    }
  }

  /** Appends the whole field into register 1. */
  void load(RuleWriter out) {
    require(out);
    load(out, Register.REG_1, type.length());
  }

  /** Appends the concatenation of fields into registers from 1 on. */
  static void loadAll(RuleWriter out, Field... fields) {
    for (Field field : fields) {
      field.require(out);
    }
    Register target = Register.REG_1;
    for (int i = 0; i < fields.length; i++) {
      fields[i].load(out, target, fields[i].type.length());
      if (i < fields.length - 1) {
        target = target.after(fields[i].type.length());
      }
    }
  }

  private static void network(RuleWriter out, int offset, int length, Register target) {
    out.add(new PayloadLoad(PayloadBase.NETWORK, offset, length, target));
  }

  private static Fib fib(FibFlag flag, Register target) {
    return new Fib(FibResult.ADDRTYPE, Set.of(flag), false, target);
  }
}
