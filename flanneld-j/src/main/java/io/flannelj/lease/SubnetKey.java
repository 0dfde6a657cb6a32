package io.flannelj.lease;

import io.flannelj.net.IpPrefix;
import java.util.Optional;

/**
 * What flannel's stores keep a lease under: its subnet, in dual stack both. Printed as flannel
 * does, {@code 10.244.1.0-24&fd00:10:244:1::-64}.
 *
 * @param subnet the subnet, in dual stack the IPv4 one
 * @param ipv6 in dual stack the IPv6 subnet
 */
public record SubnetKey(IpPrefix subnet, Optional<IpPrefix> ipv6) {

  /** Reads what {@link #toString} prints; empty if it is anything else. */
  public static Optional<SubnetKey> parse(String text) {
    int and = text.indexOf('&');
    try {
      SubnetKey key =
          and < 0
              ? new SubnetKey(prefix(text), Optional.empty())
              : new SubnetKey(
                  prefix(text.substring(0, and)), Optional.of(prefix(text.substring(and + 1))));
      boolean sound =
          key.subnet.isMasked()
              && key.ipv6.map(other -> isOther(key.subnet, other)).orElse(true)
              && key.toString().equals(text);
      return sound ? Optional.of(key) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isOther(IpPrefix subnet, IpPrefix ipv6) {
    return subnet.isIpv4() && !ipv6.isIpv4() && ipv6.isMasked();
  }

  private static IpPrefix prefix(String text) {
    int dash = text.lastIndexOf('-');
    if (dash <= 0) {
      throw new IllegalArgumentException("malformed subnet key \"" + text + "\"");
    }
    return IpPrefix.parse(text.substring(0, dash) + "/" + text.substring(dash + 1));
  }

  @Override
  public String toString() {
    return text(subnet) + ipv6.map(other -> "&" + text(other)).orElse("");
  }

  private static String text(IpPrefix prefix) {
    return prefix.address() + "-" + prefix.length();
  }
}
