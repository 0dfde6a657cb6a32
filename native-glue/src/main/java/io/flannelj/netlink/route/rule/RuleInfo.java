package io.flannelj.netlink.route.rule;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;

/**
 * A policy rule as the kernel describes it (include/uapi/linux/fib_rules.h). Its header is:
 *
 * <pre>
 *   u8 family   u8 destination length   u8 source length   u8 tos
 *   u8 table    u8 reserved   u8 reserved   u8 action      u32 flags
 * </pre>
 *
 * @param priority rules are tried from the lowest on
 * @param action FR_ACT_*
 * @param table that a match is looked up in
 * @param source everything if the rule names none
 * @param destination everything if the rule names none
 * @param input name of the interface that packets came in by, empty: any
 * @param output name of the interface that local packets are bound to, empty: any
 * @param mark that packets must carry, 0: any
 * @param suppressedLength routes of at most this prefix length do not count, -1: all do
 * @param inverted whether it matches what does not match
 * @param ofMaster whether the table is that of the packet's VRF
 */
public record RuleInfo(
    long priority,
    int action,
    long table,
    IpPrefix source,
    IpPrefix destination,
    String input,
    String output,
    long mark,
    int suppressedLength,
    boolean inverted,
    boolean ofMaster) {
  /** Look the packet up in a table. */
  public static final int FR_ACT_TO_TBL = 1;

  /** Drop it silently. */
  public static final int FR_ACT_BLACKHOLE = 6;

  /** Answer that the destination is unreachable. */
  public static final int FR_ACT_UNREACHABLE = 7;

  /** Answer that it is forbidden. */
  public static final int FR_ACT_PROHIBIT = 8;

  private static final int HEADER = 12;
  private static final int FIB_RULE_INVERT = 2;
  private static final int FRA_DST = 1;
  private static final int FRA_SRC = 2;
  private static final int FRA_IIFNAME = 3;
  private static final int FRA_PRIORITY = 6;
  private static final int FRA_FWMARK = 10;
  private static final int FRA_SUPPRESS_PREFIXLEN = 14;
  private static final int FRA_TABLE = 15;
  private static final int FRA_OIFNAME = 17;
  private static final int FRA_L3MDEV = 19;

  /**
   * From RTM_NEWRULE or RTM_DELRULE.
   *
   * @throws DecodeException if the body is no such message
   */
  public static RuleInfo of(NetlinkMessage message) {
    ByteBuffer body = message.body();
    if (body.limit() < HEADER) {
      throw new DecodeException("fib_rule_hdr: " + body.limit() + " bytes");
    }
    IpAddress any = (body.get(0) & 0xff) == AF_INET ? Ipv4Address.ANY : Ipv6Address.ANY;
    IpAddress destination = any;
    IpAddress source = any;
    long priority = 0;
    long table = body.get(4) & 0xff;
    String input = "";
    String output = "";
    long mark = 0;
    int suppressed = -1;
    boolean ofMaster = false;
    AttributeReader in = new AttributeReader(body.slice(HEADER, body.limit() - HEADER));
    while (in.next()) {
      switch (in.type()) {
        case FRA_DST -> destination = in.address();
        case FRA_SRC -> source = in.address();
        case FRA_IIFNAME -> input = in.string();
        case FRA_OIFNAME -> output = in.string();
        case FRA_PRIORITY -> priority = in.u32();
        case FRA_FWMARK -> mark = in.u32();
        case FRA_TABLE -> table = in.u32();
        case FRA_SUPPRESS_PREFIXLEN -> suppressed = in.s32();
        case FRA_L3MDEV -> ofMaster = in.u8() != 0;
        default -> {
          // Ports, protocols and the like only narrow a rule.
        }
      }
    }
    return new RuleInfo(
        priority,
        body.get(7) & 0xff,
        table,
        prefix(source, body.get(2) & 0xff),
        prefix(destination, body.get(1) & 0xff),
        input,
        output,
        mark,
        suppressed,
        (body.getInt(8) & FIB_RULE_INVERT) != 0,
        ofMaster);
  }

  private static IpPrefix prefix(IpAddress address, int length) {
    if (length > address.bitLength()) {
      throw new DecodeException("fib_rule_hdr: prefix length " + length + " of " + address);
    }
    return new IpPrefix(address, length);
  }
}
