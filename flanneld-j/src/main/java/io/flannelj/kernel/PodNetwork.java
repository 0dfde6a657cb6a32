package io.flannelj.kernel;

import io.flannelj.desired.DesiredState;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this node's pods get.
 *
 * @param subnets one for each family
 * @param mtu bytes
 */
public record PodNetwork(List<IpPrefix> subnets, int mtu) {
  /** Before there is a plan. */
  static final PodNetwork NONE = new PodNetwork(List.of(), 0);

  /** Copies the list. */
  public PodNetwork {
    subnets = List.copyOf(subnets);
  }

  /** Of the families' plans: a pod has one interface for all of them. */
  public static PodNetwork of(List<DesiredState> families) {
    return new PodNetwork(
        families.stream().map(state -> state.rules().subnet()).toList(),
        families.stream().mapToInt(state -> state.device().mtu()).min().orElse(0));
  }

  /** The addresses that the bridge carries for pods. */
  public Set<IpPrefix> gateways() {
    return subnets.stream()
        .map(subnet -> new IpPrefix(subnet.address().plus(1), subnet.length()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether an address on the bridge would be taken for a pod's or the gateway's. */
  boolean holds(IpPrefix address) {
    return holds(address.address());
  }

  /** Whether an address is of our subnets. */
  public boolean holds(IpAddress address) {
    return subnets.stream()
        .anyMatch(subnet -> subnet.isIpv4() == address.isIpv4() && subnet.contains(address));
  }
}
