package io.flannelj.lease;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether another node's lease may be acted on. Whoever may write to the store writes it,
 * so each field is judged by what it would do in this node's kernel: a route over our own pods,
 * over the node's other networks, or a tunnel into itself.
 *
 * @param networks the cluster's networks, one per family in use
 * @param own our own subnets
 * @param ownAddresses our own tunnel ends
 * @param backendType our own backend
 */
public record LeaseAdmission(
    List<IpPrefix> networks, LeaseSubnets own, List<IpAddress> ownAddresses, String backendType) {
  /** Copies the lists. */
  public LeaseAdmission {
    networks = List.copyOf(networks);
    ownAddresses = List.copyOf(ownAddresses);
  }

  /** Why a lease is refused; empty if it is admitted. */
  public Optional<String> refusal(Lease lease) {
    LeaseSubnets subnets = lease.subnets();
    if (subnets.overlaps(own)) {
      return Optional.of("its subnet " + subnets + " overlaps our own " + own);
    }
    if (!lease.attributes().backendType().equals(backendType)) {
      return Optional.of(
          "its backend is \""
              + lease.attributes().backendType()
              + "\", ours is \""
              + backendType
              + "\"");
    }
    return family(subnets.ipv4(), lease.attributes().publicIp(), true)
        .or(() -> family(subnets.ipv6(), lease.attributes().publicIpv6(), false));
  }

  private Optional<String> family(
      Optional<IpPrefix> subnet, Optional<? extends IpAddress> publicIp, boolean ipv4) {
    Optional<IpPrefix> network =
        networks.stream().filter(prefix -> prefix.isIpv4() == ipv4).findFirst();
    if (subnet.isEmpty() || network.isEmpty()) {
      return Optional.empty();
    }
    if (!network.get().contains(subnet.get())) {
      return Optional.of("its subnet " + subnet.get() + " is not within Network " + network.get());
    }
    String name = ipv4 ? "PublicIP" : "PublicIPv6";
    if (publicIp.isEmpty()) {
      return Optional.of("it has no " + name);
    }
    return publicIp(name, publicIp.get(), network.get());
  }

  private Optional<String> publicIp(String name, IpAddress address, IpPrefix network) {
    if (address.isMulticast() || address.isLoopback() || isReserved(address)) {
      return Optional.of("its " + name + " " + address + " is no address of a node");
    }
    if (network.contains(address)) {
      return Optional.of(
          "its " + name + " " + address + " lies within Network " + network + " itself");
    }
    if (ownAddresses.contains(address)) {
      return Optional.of("its " + name + " " + address + " is our own");
    }
    return Optional.empty();
  }

  /** 0.0.0.0/8 and 240.0.0.0/4, the broadcast address among them; and {@code ::}. */
  private static boolean isReserved(IpAddress address) {
    if (address instanceof Ipv4Address ipv4) {
      return ipv4.bits() >>> 24 == 0 || ipv4.bits() >>> 28 == 0xf;
    }
    return address.isUnspecified();
  }
}
