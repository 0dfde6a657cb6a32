package io.flannelj.netlink.nftables.statement;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.expression.Bitwise;
import io.flannelj.netlink.nftables.expression.Compare;
import io.flannelj.netlink.nftables.expression.CompareOp;
import io.flannelj.netlink.nftables.expression.Lookup;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.RangeCheck;
import io.flannelj.netlink.nftables.expression.Register;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Matches in nft's words. Address matches are {@code ip} or {@code ip6} by their argument. */
public final class Match {
  private static final Register REG_1 = Register.REG_1;

  private Match() {}

  /** {@code ip saddr PREFIX} or {@code ip6 saddr PREFIX}. */
  public static Statement ipSaddr(IpPrefix prefix) {
    return prefix(prefix.isIpv4() ? Field.IP_SADDR : Field.IP6_SADDR, CompareOp.EQ, prefix);
  }

  /** {@code ip saddr != PREFIX} or {@code ip6 saddr != PREFIX}. */
  public static Statement ipSaddrNot(IpPrefix prefix) {
    return prefix(prefix.isIpv4() ? Field.IP_SADDR : Field.IP6_SADDR, CompareOp.NEQ, prefix);
  }

  /** {@code ip daddr PREFIX} or {@code ip6 daddr PREFIX}. */
  public static Statement ipDaddr(IpPrefix prefix) {
    return prefix(prefix.isIpv4() ? Field.IP_DADDR : Field.IP6_DADDR, CompareOp.EQ, prefix);
  }

  /** {@code ip daddr != PREFIX} or {@code ip6 daddr != PREFIX}. */
  public static Statement ipDaddrNot(IpPrefix prefix) {
    return prefix(prefix.isIpv4() ? Field.IP_DADDR : Field.IP6_DADDR, CompareOp.NEQ, prefix);
  }

  /** {@code meta mark VALUE}: all 32 bits. */
  public static Statement metaMark(long value) {
    return is(Field.MARK, Operand.mark(value));
  }

  /** {@code meta mark & MASK == VALUE}. */
  public static Statement metaMark(long mask, long value) {
    return masked(Field.MARK, mask, CompareOp.EQ, value);
  }

  /** {@code meta mark & MASK != VALUE}. */
  public static Statement metaMarkNot(long mask, long value) {
    return masked(Field.MARK, mask, CompareOp.NEQ, value);
  }

  /** {@code ct mark & MASK == VALUE}. */
  public static Statement ctMark(long mask, long value) {
    return masked(Field.CT_MARK, mask, CompareOp.EQ, value);
  }

  /** {@code iifname NAME}; a trailing {@code *} stands for any ending. */
  public static Statement iifname(String name) {
    return name(Field.IIFNAME, CompareOp.EQ, name);
  }

  /** {@code iifname != NAME}. */
  public static Statement iifnameNot(String name) {
    return name(Field.IIFNAME, CompareOp.NEQ, name);
  }

  /** {@code oifname NAME}; a trailing {@code *} stands for any ending. */
  public static Statement oifname(String name) {
    return name(Field.OIFNAME, CompareOp.EQ, name);
  }

  /** {@code oifname != NAME}. */
  public static Statement oifnameNot(String name) {
    return name(Field.OIFNAME, CompareOp.NEQ, name);
  }

  /** {@code meta l4proto PROTOCOL}: 6 TCP, 17 UDP, 132 SCTP, 1 ICMP. */
  public static Statement l4proto(int protocol) {
    return out -> out.require(MetaKey.L4PROTO, Operand.protocol(protocol));
  }

  /** {@code meta nfproto}, for tables of the family inet; IPv6 if not IPv4. */
  public static Statement nfproto(boolean ipv4) {
    return out -> out.require(MetaKey.NFPROTO, Operand.protocol(ipv4 ? 2 : 10));
  }

  /** {@code tcp dport PORT}. */
  public static Statement tcpDport(int port) {
    return is(Field.TCP_DPORT, Operand.port(port));
  }

  /** {@code udp dport PORT}. */
  public static Statement udpDport(int port) {
    return is(Field.UDP_DPORT, Operand.port(port));
  }

  /** {@code ct state STATES}: in one of them. */
  public static Statement ctState(CtState... states) {
    return anyBit(Field.CT_STATE, Arrays.stream(states).mapToInt(CtState::bit).sum());
  }

  /** {@code ct status STATUS}: one of them has come about. */
  public static Statement ctStatus(CtStatus... statuses) {
    return anyBit(Field.CT_STATUS, Arrays.stream(statuses).mapToInt(CtStatus::bit).sum());
  }

  /** {@code fib daddr type TYPE}. */
  public static Statement fibDaddrType(AddressType type) {
    return is(Field.FIB_DADDR_TYPE, Operand.mark(type.number()));
  }

  /** {@code fib saddr type TYPE}. */
  public static Statement fibSaddrType(AddressType type) {
    return is(Field.FIB_SADDR_TYPE, Operand.mark(type.number()));
  }

  /** {@code ether saddr MAC}, in the families bridge and netdev. */
  public static Statement etherSaddr(MacAddress mac) {
    return is(Field.ETHER_SADDR, Operand.mac(mac));
  }

  /** {@code ether saddr != MAC}, in the families bridge and netdev. */
  public static Statement etherSaddrNot(MacAddress mac) {
    return isNot(Field.ETHER_SADDR, Operand.mac(mac));
  }

  /** {@code FIELD == VALUE}. */
  public static Statement is(Field field, Bytes value) {
    return compare(field, CompareOp.EQ, value);
  }

  /** {@code FIELD != VALUE}. */
  public static Statement isNot(Field field, Bytes value) {
    return compare(field, CompareOp.NEQ, value);
  }

  /** {@code FIELD FIRST-LAST}, both included; for fields in network order. */
  public static Statement range(Field field, Bytes first, Bytes last) {
    return out -> {
      field.load(out);
      // As nft: two comparisons, which the kernel can inline.
      out.add(new Compare(CompareOp.GTE, REG_1, first));
      out.add(new Compare(CompareOp.LTE, REG_1, last));
    };
  }

  /** {@code FIELD != FIRST-LAST}, both excluded; for fields in network order. */
  public static Statement rangeNot(Field field, Bytes first, Bytes last) {
    return out -> {
      field.load(out);
      out.add(new RangeCheck(true, REG_1, first, last));
    };
  }

  /** {@code FIELD . FIELD @SET}. */
  public static Statement in(NftSet set, Field... fields) {
    return lookup(set, false, fields);
  }

  /** {@code FIELD . FIELD != @SET}. */
  public static Statement notIn(NftSet set, Field... fields) {
    return lookup(set, true, fields);
  }

  private static Statement lookup(NftSet set, boolean inverted, Field... fields) {
    return out -> {
      Field.loadAll(out, fields);
      out.add(new Lookup(set.name().name(), REG_1, Optional.empty(), inverted));
    };
  }

  private static Statement compare(Field field, CompareOp op, Bytes value) {
    return out -> {
      field.load(out);
      out.add(new Compare(op, REG_1, value));
    };
  }

  /** As nft: whole bytes are compared as such, other prefix lengths under a mask. */
  private static Statement prefix(Field field, CompareOp op, IpPrefix prefix) {
    byte[] octets = prefix.masked().address().toBytes();
    return out -> {
      field.require(out);
      if (prefix.length() % 8 == 0 && prefix.length() > 0) {
        int length = prefix.length() / 8;
        field.load(out, REG_1, length);
        out.add(new Compare(op, REG_1, Bytes.of(Arrays.copyOf(octets, length))));
      } else {
        field.load(out, REG_1, octets.length);
        out.add(new Bitwise(REG_1, REG_1, mask(prefix), Bytes.of(new byte[octets.length])));
        out.add(new Compare(op, REG_1, Bytes.of(octets)));
      }
    };
  }

  private static Bytes mask(IpPrefix prefix) {
    byte[] mask = new byte[prefix.address().bitLength() / 8];
    for (int bit = 0; bit < prefix.length(); bit++) {
      mask[bit / 8] |= (byte) (0x80 >>> (bit % 8));
    }
    return Bytes.of(mask);
  }

  private static Statement masked(Field field, long mask, CompareOp op, long value) {
    return out -> {
      field.load(out);
      out.add(new Bitwise(REG_1, REG_1, Operand.mark(mask), Operand.mark(0)));
      out.add(new Compare(op, REG_1, Operand.mark(value)));
    };
  }

  private static Statement anyBit(Field field, int bits) {
    return masked(field, bits, CompareOp.NEQ, 0);
  }

  private static Statement name(Field field, CompareOp op, String name) {
    return name.endsWith("*")
        ? compare(
            field,
            op,
            Bytes.of(name.substring(0, name.length() - 1).getBytes(StandardCharsets.UTF_8)))
        : compare(field, op, Operand.ifname(name));
  }
}
