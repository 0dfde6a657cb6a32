package io.flannelj.netlink.route.link;

import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * A VXLAN device's properties as the kernel describes them.
 *
 * @param vni network identifier
 * @param port UDP destination port
 * @param underlay index of the device that outer packets use, 0: by route
 * @param local source address of outer packets, empty: by route
 * @param ttl of outer packets, 0: the system's default
 * @param tos of outer packets
 * @param learning whether the device learns MACs
 * @param groupPolicy whether the group policy extension is on
 * @param proxy whether ARP is answered from the neighbour table
 * @param routeShortCircuit whether it is on
 * @param l2Miss whether missing forwarding entries are announced
 * @param l3Miss whether missing neighbours are announced
 * @param collectMetadata whether tunnels are described per packet; such a device has VNI 0
 */
public record VxlanInfo(
    int vni,
    int port,
    int underlay,
    Optional<IpAddress> local,
    int ttl,
    int tos,
    boolean learning,
    boolean groupPolicy,
    boolean proxy,
    boolean routeShortCircuit,
    boolean l2Miss,
    boolean l3Miss,
    boolean collectMetadata) {

  /** From the attributes of a message; what is missing counts as 0. */
  public static VxlanInfo of(List<VxlanAttribute> attributes) {
    Builder info = new Builder();
    for (VxlanAttribute attribute : attributes) {
      info.add(attribute);
    }
    return info.build();
  }

  private static final class Builder {
    private int vni;
    private int port;
    private int underlay;
    private Optional<IpAddress> local = Optional.empty();
    private int ttl;
    private int tos;
    private boolean learning;
    private boolean groupPolicy;
    private boolean proxy;
    private boolean routeShortCircuit;
    private boolean l2Miss;
    private boolean l3Miss;
    private boolean collectMetadata;

    void add(VxlanAttribute attribute) {
      if (attribute instanceof VxlanAttribute.Id id) {
        vni = (int) id.vni();
      } else if (attribute instanceof VxlanAttribute.Port udp) {
        port = udp.port();
      } else if (attribute instanceof VxlanAttribute.UnderlayLink link) {
        underlay = link.index();
      } else if (attribute instanceof VxlanAttribute.Local v4) {
        local = Optional.of(v4.address());
      } else if (attribute instanceof VxlanAttribute.Local6 v6) {
        local = Optional.of(v6.address());
      } else if (attribute instanceof VxlanAttribute.Ttl hops) {
        ttl = hops.hops();
      } else if (attribute instanceof VxlanAttribute.Tos value) {
        tos = value.value();
      } else if (attribute instanceof VxlanAttribute.Learning is) {
        learning = is.on();
      } else if (attribute instanceof VxlanAttribute.GroupPolicy) {
        groupPolicy = true;
      } else if (attribute instanceof VxlanAttribute.Proxy is) {
        proxy = is.on();
      } else if (attribute instanceof VxlanAttribute.RouteShortCircuit is) {
        routeShortCircuit = is.on();
      } else if (attribute instanceof VxlanAttribute.L2Miss is) {
        l2Miss = is.on();
      } else if (attribute instanceof VxlanAttribute.L3Miss is) {
        l3Miss = is.on();
      } else if (attribute instanceof VxlanAttribute.CollectMetadata is) {
        collectMetadata = is.on();
      }
    }

    VxlanInfo build() {
      return new VxlanInfo(
          vni,
          port,
          underlay,
          local,
          ttl,
          tos,
          learning,
          groupPolicy,
          proxy,
          routeShortCircuit,
          l2Miss,
          l3Miss,
          collectMetadata);
    }
  }
}
