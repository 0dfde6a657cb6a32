package io.flannelj.kernel;

import io.flannelj.desired.DesiredState;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this node's pods get.
 *
 * @param subnets one for each family
 * @param networks the cluster's, one for each family; the subnets are inside
 * @param mtu bytes
 */
public record PodNetwork(List<IpPrefix> subnets, List<IpPrefix> networks, int mtu) {
  /** Before there is a plan. */
  static final PodNetwork NONE = new PodNetwork(List.of(), List.of(), 0);

  /** Copies the lists. */
  public PodNetwork {
    subnets = List.copyOf(subnets);
    networks = List.copyOf(networks);
  }

  /** Where nothing is known of the cluster but our subnets. */
  public PodNetwork(List<IpPrefix> subnets, int mtu) {
    this(subnets, subnets, mtu);
  }

  /**
   * Of the families' plans: a pod has one interface for all of them.
   *
   * @param mtu what fits through the devices of all, bytes
   */
  public static PodNetwork of(List<DesiredState> families, int mtu) {
    return new PodNetwork(
        families.stream().map(state -> state.rules().subnet()).toList(),
        families.stream().map(state -> state.rules().network()).toList(),
        mtu);
  }

  /** The addresses that the bridge carries for pods. */
  public Set<IpPrefix> gateways() {
    return subnets.stream()
        .map(subnet -> new IpPrefix(subnet.address().plus(1), subnet.length()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * What the kernel must do on the pods' bridge: forward what comes from pods, have IPv6 on if pods
   * have, hear no router advertisement, which any pod could send, and not probe its link-local
   * address: meanwhile it would ask for no pod's MAC.
   *
   * @param bridge its name
   * @return keys with slashes, values
   */
  public Map<String, String> sysctls(String bridge) {
    Map<String, String> sysctls = new LinkedHashMap<>();
    String ipv6 = "net/ipv6/conf/" + bridge + "/";
    for (IpPrefix subnet : subnets) {
      if (subnet.isIpv4()) {
        sysctls.put("net/ipv4/conf/" + bridge + "/forwarding", "1");
      } else {
        sysctls.put(ipv6 + "disable_ipv6", "0");
        sysctls.put(ipv6 + "forwarding", "1");
        sysctls.put(ipv6 + "accept_dad", "0");
      }
    }
    sysctls.put(ipv6 + "accept_ra", "0");
    return sysctls;
  }

  /** Whether an address on the bridge would be taken for a pod's or the gateway's. */
  boolean holds(IpPrefix address) {
    return holds(address.address());
  }

  /** Whether it is the first address of a subnet in the cluster's network that is not ours. */
  boolean isFormerGateway(IpPrefix address) {
    return !holds(address)
        && address.address().equals(address.masked().address().plus(1))
        && networks.stream()
            .anyMatch(
                network ->
                    network.isIpv4() == address.isIpv4()
                        && network.length() < address.length()
                        && network.contains(address.address()));
  }

  /** Whether an address is of our subnets. */
  public boolean holds(IpAddress address) {
    return subnets.stream()
        .anyMatch(subnet -> subnet.isIpv4() == address.isIpv4() && subnet.contains(address));
  }
}
