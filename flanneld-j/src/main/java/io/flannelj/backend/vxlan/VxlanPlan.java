package io.flannelj.backend.vxlan;

import io.flannelj.backend.NodeFacts;
import io.flannelj.collection.PersistentMap;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseAdmission;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.Refusal;
import io.flannelj.net.AddressFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * @param refused what must not reach the kernel, by subnet
   * @param plan what it was made with
   * @param ledger what each lease came to
   */
  public record Outcome(
      DesiredState state, List<Refusal> refused, VxlanPlan plan, PeerLedger ledger) {}

  /** Plans for all leases of a snapshot. Two leases that claim one MAC: the lower subnet has it. */
  public Outcome plan(LeaseSnapshot snapshot) {
    return outcome(snapshot, PeerLedger.EMPTY);
  }

  /** The same, at the price of what changed since an earlier outcome. */
  public Outcome plan(LeaseSnapshot snapshot, Outcome before) {
    return outcome(snapshot, before.plan().equals(this) ? before.ledger() : PeerLedger.EMPTY);
  }

  private Outcome outcome(LeaseSnapshot snapshot, PeerLedger before) {
    LeaseAdmission admission =
        new LeaseAdmission(
            rules.network(), facts.subnet(), settings.vni(), facts.address(), facts.vtepMac());
    PeerLedger ledger =
        before.follow(PersistentMap.copyOf(snapshot.leases()), lease -> verdict(lease, admission));
    DesiredState state =
        new DesiredState(
            sysctls(),
            device(),
            facts.subnet().address().toHostPrefix(),
            ledger.neighbours(),
            ledger.forwarding(),
            ledger.routes(),
            rules);
    return new Outcome(state, ledger.refused(), this, ledger);
  }

  private PeerVerdict verdict(Lease whole, LeaseAdmission admission) {
    Optional<Lease> half = whole.half(family());
    if (half.isEmpty() || half.get().subnet().equals(facts.subnet())) {
      return new PeerVerdict(PeerVerdict.Path.IGNORED, whole.subnet(), whole, "");
    }
    Lease lease = half.get();
    boolean direct = settings.directRouting() && facts.isOnLink(lease.publicIp());
    PeerVerdict admitted =
        new PeerVerdict(
            direct ? PeerVerdict.Path.DIRECT : PeerVerdict.Path.TUNNEL, whole.subnet(), lease, "");
    return admission.refusal(lease).or(() -> held(lease)).map(admitted::refused).orElse(admitted);
  }

  /** Its route would take the place of the bridge's own, and pods here would lose the node. */
  private Optional<String> held(Lease lease) {
    return facts.held().stream()
        .filter(prefix -> prefix.overlaps(lease.subnet()))
        .findFirst()
        .map(
            prefix ->
                "its subnet "
                    + lease.subnet()
                    + " was ours before, and pods here still have addresses of it");
  }

  /** The family that it plans for: that of the node's subnet. */
  public AddressFamily family() {
    return AddressFamily.of(facts.subnet());
  }

  /**
   * The device's MTU in bytes, which pods get too. The kernel refuses one for which the device
   * below has no room.
   */
  public int mtu() {
    int outer = isCut() || settings.mtu() <= 0 ? facts.underlayMtu() : settings.mtu();
    return outer - VxlanSettings.overhead(family());
  }

  private boolean isCut() {
    return settings.mtu() > facts.underlayMtu();
  }

  /** What of the settings could not be had, a line each, with what mends it. */
  public List<String> remarks() {
    return isCut()
        ? List.of(
            "Backend MTU "
                + settings.mtu()
                + " is more than the "
                + facts.underlayMtu()
                + " bytes of "
                + facts.underlay()
                + ", which count instead: ip link set "
                + facts.underlay()
                + " mtu "
                + settings.mtu()
                + ", or set Backend.MTU in net-conf.json to "
                + facts.underlayMtu()
                + " or less")
        : List.of();
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
    String name = settings.deviceName(family());
    String device = "net/ipv6/conf/" + name + "/";
    if (family() == AddressFamily.IPV4) {
      sysctls.put("net/ipv4/ip_forward", "1");
      sysctls.put("net/ipv4/conf/" + name + "/forwarding", "1");
    } else {
      // A host that forwards loses its default route of router advertisements, unless it is to
      // hear them all the same.
      if (facts.hearsRouters()) {
        sysctls.put("net/ipv6/conf/" + facts.underlay() + "/accept_ra", "2");
      }
      sysctls.put("net/ipv6/conf/all/forwarding", "1");
      // Where IPv6 is off by default it is needed here all the same.
      sysctls.put(device + "disable_ipv6", "0");
      sysctls.put(device + "forwarding", "1");
    }
    sysctls.put(device + "accept_ra", "0");
    return sysctls;
  }
}
