package io.flannelj.cni.flannel;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/**
 * Content of subnet.env, which flanneld writes.
 *
 * @param networks IPv4 pod networks, masked
 * @param subnet this node's IPv4 subnet, masked
 * @param ipv6Networks IPv6 pod networks, masked
 * @param ipv6Subnet this node's IPv6 subnet, masked
 * @param mtu bytes
 * @param ipMasq whether flanneld masquerades; if not, the bridge has to
 */
record SubnetEnv(
    List<IpPrefix> networks,
    Optional<IpPrefix> subnet,
    List<IpPrefix> ipv6Networks,
    Optional<IpPrefix> ipv6Subnet,
    int mtu,
    boolean ipMasq) {

  private static final int SMALLEST_MTU = 68;
  private static final int LARGEST_MTU = 1 << 20;

  /**
   * Reads it.
   *
   * @param path for error texts
   * @throws IllegalArgumentException naming the file and the line or the missing keys
   */
  static SubnetEnv parse(String path, byte[] content) {
    Reader reader = new Reader(path);
    StringTokenizer lines =
        new StringTokenizer(new String(content, StandardCharsets.UTF_8), "\r\n");
    while (lines.hasMoreTokens()) {
      reader.line(lines.nextToken().strip());
    }
    return reader.finish();
  }

  /** Whether an address belongs to the pods' network, but not to this node's present subnet. */
  boolean isOfFormerSubnet(IpAddress ip) {
    Optional<IpPrefix> own = ip.isIpv4() ? subnet : ipv6Subnet;
    List<IpPrefix> all = ip.isIpv4() ? networks : ipv6Networks;
    return own.isPresent()
        && !own.get().contains(ip)
        && all.stream().anyMatch(network -> network.contains(ip));
  }

  /** Collects the lines; of a repeated key the last counts. */
  private static final class Reader {
    private final String path;
    private List<IpPrefix> networks = List.of();
    private List<IpPrefix> ipv6Networks = List.of();
    private Optional<IpPrefix> subnet = Optional.empty();
    private Optional<IpPrefix> ipv6Subnet = Optional.empty();
    private Optional<Integer> mtu = Optional.empty();
    private Optional<Boolean> ipMasq = Optional.empty();

    Reader(String path) {
      this.path = path;
    }

    void line(String line) {
      int equals = line.indexOf('=');
      String key = equals < 0 ? line : line.substring(0, equals);
      String value = equals < 0 ? "" : line.substring(equals + 1);
      try {
        switch (key) {
          case "FLANNEL_NETWORK" -> networks = prefixes(value, true);
          case "FLANNEL_SUBNET" -> subnet = Optional.of(prefix(value, true));
          case "FLANNEL_IPV6_NETWORK" -> ipv6Networks = prefixes(value, false);
          case "FLANNEL_IPV6_SUBNET" -> ipv6Subnet = Optional.of(prefix(value, false));
          case "FLANNEL_MTU" -> mtu = Optional.of(mtu(value));
          case "FLANNEL_IPMASQ" -> ipMasq = Optional.of(value.equals("true"));
          default -> {
            // Other lines are another program's.
          }
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(path + ": line " + line + ": " + e.getMessage(), e);
      }
    }

    SubnetEnv finish() {
      List<String> missing = new ArrayList<>();
      if (networks.isEmpty() && ipv6Networks.isEmpty()) {
        missing.add("FLANNEL_NETWORK");
        missing.add("FLANNEL_IPV6_NETWORK");
      }
      if (subnet.isEmpty() && ipv6Subnet.isEmpty()) {
        missing.add("FLANNEL_SUBNET");
        missing.add("FLANNEL_IPV6_SUBNET");
      }
      if (mtu.isEmpty()) {
        missing.add("FLANNEL_MTU");
      }
      if (ipMasq.isEmpty()) {
        missing.add("FLANNEL_IPMASQ");
      }
      if (!missing.isEmpty()) {
        throw new IllegalArgumentException(path + " is missing " + String.join(", ", missing));
      }
      return new SubnetEnv(
          networks, subnet, ipv6Networks, ipv6Subnet, mtu.orElseThrow(), ipMasq.orElseThrow());
    }

    private static List<IpPrefix> prefixes(String list, boolean ipv4) {
      List<IpPrefix> prefixes = new ArrayList<>();
      StringTokenizer words = new StringTokenizer(list, ", ");
      while (words.hasMoreTokens()) {
        IpPrefix prefix = prefix(words.nextToken(), ipv4);
        if (!prefixes.contains(prefix)) {
          prefixes.add(prefix);
        }
      }
      return prefixes;
    }

    private static IpPrefix prefix(String text, boolean ipv4) {
      IpPrefix prefix = IpPrefix.parse(text).masked();
      if (prefix.isIpv4() != ipv4) {
        throw new IllegalArgumentException(
            text + " is not an IPv" + (ipv4 ? "4" : "6") + " prefix");
      }
      return prefix;
    }

    private static int mtu(String text) {
      int mtu;
      try {
        mtu = Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("\"" + text + "\" is not a number of bytes", e);
      }
      if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU) {
        throw new IllegalArgumentException(
            "MTU " + mtu + " is not within " + SMALLEST_MTU + ".." + LARGEST_MTU);
      }
      return mtu;
    }
  }
}
