package io.flannelj.netlink.nftables.statement;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.expression.Bitwise;
import io.flannelj.netlink.nftables.expression.Counter;
import io.flannelj.netlink.nftables.expression.CtKey;
import io.flannelj.netlink.nftables.expression.CtLoad;
import io.flannelj.netlink.nftables.expression.CtStore;
import io.flannelj.netlink.nftables.expression.ImmediateData;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import io.flannelj.netlink.nftables.expression.Limit;
import io.flannelj.netlink.nftables.expression.Log;
import io.flannelj.netlink.nftables.expression.Lookup;
import io.flannelj.netlink.nftables.expression.Masquerade;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.MetaLoad;
import io.flannelj.netlink.nftables.expression.MetaStore;
import io.flannelj.netlink.nftables.expression.Nat;
import io.flannelj.netlink.nftables.expression.NatFlag;
import io.flannelj.netlink.nftables.expression.NatType;
import io.flannelj.netlink.nftables.expression.NftData.Verdict;
import io.flannelj.netlink.nftables.expression.Notrack;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.Redirect;
import io.flannelj.netlink.nftables.expression.Register;
import io.flannelj.netlink.nftables.expression.Reject;
import io.flannelj.netlink.nftables.expression.RejectType;
import io.flannelj.netlink.nftables.expression.VerdictCode;
import java.util.Optional;
import java.util.Set;

/** What a rule does with a packet, in nft's words. */
public final class Action {
  private static final Register REG_1 = Register.REG_1;
  private static final Register REG_2 = new Register(2);
  private static final int NFPROTO_IPV4 = 2;
  private static final int NFPROTO_IPV6 = 10;

  private Action() {}

  /** {@code accept}: ends this base chain only; a later chain may still drop the packet. */
  public static Statement accept() {
    return verdict(Verdict.of(VerdictCode.ACCEPT));
  }

  /** {@code drop}. */
  public static Statement drop() {
    return verdict(Verdict.of(VerdictCode.DROP));
  }

  /** {@code return}. */
  public static Statement return_() {
    return verdict(Verdict.of(VerdictCode.RETURN));
  }

  /** {@code jump CHAIN}, a regular chain of the same table. */
  public static Statement jump(String chain) {
    return verdict(new Verdict(VerdictCode.JUMP, chain));
  }

  /** {@code goto CHAIN}, a regular chain of the same table. */
  public static Statement goto_(String chain) {
    return verdict(new Verdict(VerdictCode.GOTO, chain));
  }

  /** Any verdict. */
  public static Statement verdict(Verdict verdict) {
    return out -> out.add(new ImmediateVerdict(verdict));
  }

  /** {@code FIELD . FIELD vmap @MAP}: goes on with the next rule if there is no element. */
  public static Statement vmap(NftSet map, Field... fields) {
    return lookup(map, Register.VERDICT, fields);
  }

  /** {@code masquerade}, in nat chains of the hook postrouting. */
  public static Statement masquerade(NatFlag... flags) {
    return out -> out.add(new Masquerade(Set.of(flags), Optional.empty(), Optional.empty()));
  }

  /** {@code masquerade} or {@code masquerade fully-random}. */
  public static Statement masquerade(boolean fullyRandom) {
    return fullyRandom ? masquerade(NatFlag.FULLY_RANDOM) : masquerade();
  }

  /** {@code dnat to ADDRESS:PORT}; the rule must have matched a transport protocol. */
  public static Statement dnat(IpAddress address, int port) {
    return out -> {
      out.requireIp(address.isIpv4());
      out.add(new ImmediateData(REG_1, Operand.address(address)));
      out.add(new ImmediateData(REG_2, Operand.port(port)));
      out.add(nat(NatType.DNAT, address.isIpv4(), Optional.of(REG_2)));
    };
  }

  /** {@code dnat to ADDRESS}. */
  public static Statement dnat(IpAddress address) {
    return address(NatType.DNAT, address);
  }

  /** {@code snat to ADDRESS}. */
  public static Statement snat(IpAddress address) {
    return address(NatType.SNAT, address);
  }

  /**
   * {@code dnat ip addr . port to FIELD . FIELD map @MAP}: one lookup yields address and port.
   *
   * @param map to {@code ipv4_addr . inet_service} or {@code ipv6_addr . inet_service}
   */
  public static Statement dnatToMap(NftSet map, Field... fields) {
    boolean ipv4 = map.data().orElseThrow().parts().get(0).length() == 4;
    return out -> {
      out.requireIp(ipv4);
      lookup(map, REG_1, fields).appendTo(out);
      out.add(nat(NatType.DNAT, ipv4, Optional.of(REG_1.after(ipv4 ? 4 : 16))));
    };
  }

  /** {@code redirect to :PORT}; the rule must have matched a transport protocol. */
  public static Statement redirect(int port) {
    return out -> {
      out.add(new ImmediateData(REG_1, Operand.port(port)));
      out.add(new Redirect(Set.of(), Optional.of(REG_1), Optional.empty()));
    };
  }

  /** {@code meta mark set VALUE}. */
  public static Statement setMark(long value) {
    return out -> {
      out.add(new ImmediateData(REG_1, Operand.mark(value)));
      out.add(new MetaStore(MetaKey.MARK, REG_1));
    };
  }

  /** {@code meta mark set meta mark | BITS}. */
  public static Statement orMark(long bits) {
    return out -> {
      out.add(new MetaLoad(MetaKey.MARK, REG_1));
      out.add(new Bitwise(REG_1, REG_1, Operand.mark(~bits), Operand.mark(bits)));
      out.add(new MetaStore(MetaKey.MARK, REG_1));
    };
  }

  /** {@code ct mark set meta mark}. */
  public static Statement saveMark() {
    return out -> {
      out.add(new MetaLoad(MetaKey.MARK, REG_1));
      out.add(new CtStore(CtKey.MARK, REG_1));
    };
  }

  /** {@code meta mark set ct mark}. */
  public static Statement restoreMark() {
    return out -> {
      out.add(new CtLoad(CtKey.MARK, REG_1));
      out.add(new MetaStore(MetaKey.MARK, REG_1));
    };
  }

  /** {@code counter}. */
  public static Statement counter() {
    return out -> out.add(new Counter());
  }

  /** {@code limit rate RATE/second burst BURST packets}: the rule ends above the rate. */
  public static Statement limitPerSecond(long rate, long burst) {
    return out -> out.add(new Limit(rate, 1, burst, false, false));
  }

  /** {@code log prefix "PREFIX"}. */
  public static Statement log(String prefix) {
    return out -> out.add(new Log(prefix));
  }

  /** {@code notrack}, in chains of the priority raw. */
  public static Statement notrack() {
    return out -> out.add(new Notrack());
  }

  /** {@code reject}: port unreachable. */
  public static Statement reject() {
    return out -> {
      switch (out.family()) {
        case IP -> out.add(new Reject(RejectType.ICMP_UNREACH, 3));
        case IP6 -> out.add(new Reject(RejectType.ICMP_UNREACH, 4));
        case INET, BRIDGE, NETDEV -> out.add(new Reject(RejectType.ICMPX_UNREACH, 1));
        case ARP -> throw new IllegalArgumentException("reject in a table of the family arp");
      }
    };
  }

  private static Statement address(NatType type, IpAddress address) {
    return out -> {
      out.requireIp(address.isIpv4());
      out.add(new ImmediateData(REG_1, Operand.address(address)));
      out.add(nat(type, address.isIpv4(), Optional.empty()));
    };
  }

  private static Nat nat(NatType type, boolean ipv4, Optional<Register> port) {
    return new Nat(
        type,
        ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
        Optional.of(REG_1),
        Optional.empty(),
        port,
        Optional.empty(),
        Set.of());
  }

  private static Statement lookup(NftSet map, Register target, Field... fields) {
    return out -> {
      Field.loadAll(out, fields);
      out.add(new Lookup(map.name().name(), REG_1, Optional.of(target), false));
    };
  }
}
