package io.flannelj.backend.vxlan;

import io.flannelj.backend.NodeFacts;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseAdmission;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * From leases to the desired state.
 *
 * @param settings the backend's configuration
 * @param facts the node
 * @param rules what nftables has to do
 */
public record VxlanPlan(VxlanSettings settings, NodeFacts facts, TrafficRules rules) {

  /**
   * A plan and what could not be part of it.
   *
   * @param state what must exist
   * @param refused by node name: why its lease must not reach the kernel
   */
  public record Outcome(DesiredState state, Map<String, String> refused) {}

  /** Plans for all leases of a snapshot. Two leases that claim one MAC: the lower subnet has it. */
  public Outcome plan(LeaseSnapshot snapshot) {
    int size = snapshot.leases().size() * 4 / 3 + 1;
    Map<IpAddress, MacAddress> neighbours = new HashMap<>(size);
    Map<MacAddress, IpAddress> forwarding = new HashMap<>(size);
    Map<IpPrefix, RouteTarget> routes = new HashMap<>(size);
    Map<String, String> refused = new TreeMap<>();
    Map<MacAddress, Lease> owners = new HashMap<>(size);
    LeaseAdmission admission =
        new LeaseAdmission(
            rules.network(), facts.subnet(), settings.vni(), facts.address(), facts.vtepMac());
    AddressFamily family = family();
    for (Lease whole : snapshot.leases().values()) {
      Optional<Lease> half = whole.half(family);
      if (half.isEmpty() || half.get().subnet().equals(facts.subnet())) {
        continue;
      }
      Lease lease = half.get();
      Optional<String> refusal = admission.refusal(lease);
      if (refusal.isPresent()) {
        refused.put(lease.node(), refusal.get());
      } else if (settings.directRouting() && facts.isOnLink(lease.publicIp())) {
        routes.put(lease.subnet(), new RouteTarget.Direct(lease.publicIp()));
      } else {
        tunnel(lease, owners, refused);
      }
    }
    for (Lease lease : owners.values()) {
      forwarding.put(lease.vtepMac().orElseThrow(), lease.publicIp());
      neighbours.put(lease.subnet().address(), lease.vtepMac().orElseThrow());
      routes.put(lease.subnet(), new RouteTarget.Tunnel(lease.subnet().address()));
    }
    return new Outcome(
        new DesiredState(
            sysctls(),
            device(),
            facts.subnet().address().toHostPrefix(),
            neighbours,
            forwarding,
            routes,
            rules),
        refused);
  }

  private static void tunnel(
      Lease lease, Map<MacAddress, Lease> owners, Map<String, String> refused) {
    MacAddress mac = lease.vtepMac().orElseThrow();
    Lease other = owners.get(mac);
    if (other == null) {
      owners.put(mac, lease);
      return;
    }
    boolean lower = lower(lease, other);
    owners.put(mac, lower ? lease : other);
    Lease loser = lower ? other : lease;
    Lease winner = lower ? lease : other;
    refused.put(loser.node(), "its VtepMAC " + mac + " is also that of " + winner.node());
  }

  private static boolean lower(Lease one, Lease other) {
    return Arrays.compareUnsigned(
            one.subnet().address().toBytes(), other.subnet().address().toBytes())
        < 0;
  }

  /** The family that it plans for: that of the node's subnet. */
  public AddressFamily family() {
    return AddressFamily.of(facts.subnet());
  }

  /** The device's MTU in bytes, which pods get too. */
  public int mtu() {
    int outer = settings.mtu() > 0 ? settings.mtu() : facts.underlayMtu();
    return outer - VxlanSettings.overhead(family());
  }

  private VxlanDevice device() {
    return new VxlanDevice(
        settings.deviceName(family()),
        settings.vni(),
        settings.port(),
        facts.address(),
        facts.underlay(),
        facts.underlayIndex(),
        mtu(),
        facts.vtepMac(),
        settings.learning());
  }

  private Map<String, String> sysctls() {
    Map<String, String> sysctls = new LinkedHashMap<>();
    String device = "net/ipv6/conf/" + settings.deviceName(family()) + "/";
    if (family() == AddressFamily.IPV4) {
      sysctls.put("net/ipv4/ip_forward", "1");
    } else {
      sysctls.put("net/ipv6/conf/all/forwarding", "1");
      // Where IPv6 is off by default it is needed here all the same.
      sysctls.put(device + "disable_ipv6", "0");
    }
    sysctls.put(device + "accept_ra", "0");
    return sysctls;
  }
}
