package io.flannelj.cni.pod;

import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import java.nio.charset.StandardCharsets;

/**
 * MAC addresses made from what they belong to.
 *
 * <p>An address that is given again soon must not come with another MAC: the node's and the other
 * pods' ARP entries for it stay valid for half a minute and more (30 to 48 s measured).
 */
public final class PodMac {
  // Locally administered, unicast; Docker and CNI use this prefix for addresses made from IPv4.
  private static final long IPV4_PREFIX = 0x0a58_0000_0000L;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private PodMac() {}

  /** 0a:58 and the four octets of an IPv4 address; for IPv6 a hash of the sixteen. */
  public static MacAddress of(IpAddress address) {
    if (address instanceof Ipv4Address ipv4) {
      return new MacAddress(IPV4_PREFIX | (ipv4.bits() & 0xffffffffL));
    }
    return local(hash(address.toBytes()));
  }

  /** A hash of a text: always the same address for the same text. */
  public static MacAddress ofText(String text) {
    return local(hash(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** 64-bit FNV-1a. */
  static long hash(byte[] octets) {
    long hash = FNV_OFFSET;
    for (byte octet : octets) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  private static MacAddress local(long hash) {
    long bits = (hash ^ (hash >>> 48)) & 0xffff_ffff_ffffL;
    return new MacAddress((bits & ~0x0100_0000_0000L) | 0x0200_0000_0000L);
  }
}
