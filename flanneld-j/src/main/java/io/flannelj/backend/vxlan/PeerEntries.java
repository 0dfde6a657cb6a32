package io.flannelj.backend.vxlan;

import io.flannelj.collection.PersistentMap;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A ledger's entries while leases come and go. Used by one thread, once. */
final class PeerEntries {
  private final PeerLedger before;
  private final Function<Lease, PeerVerdict> judge;
  private final PersistentMap.Editor<IpPrefix, Integer> uses;
  private final PersistentMap.Editor<MacAddress, List<PeerVerdict>> claims;
  private final PersistentMap.Editor<IpPrefix, PeerVerdict> refusals;
  private final PersistentMap.Editor<IpAddress, MacAddress> neighbours;
  private final PersistentMap.Editor<MacAddress, IpAddress> forwarding;
  private final PersistentMap.Editor<IpPrefix, RouteTarget> routes;
  private final List<PeerVerdict> added = new ArrayList<>();
  private final Set<MacAddress> touched = new HashSet<>();
  private boolean contested;

  PeerEntries(PeerLedger before, Function<Lease, PeerVerdict> judge) {
    this.before = before;
    this.judge = judge;
    uses = before.uses().edit();
    claims = before.claims().edit();
    refusals = before.refusals().edit();
    neighbours = before.neighbours().edit();
    forwarding = before.forwarding().edit();
    routes = before.routes().edit();
  }

  /** Takes back what a lease came to; what it had won goes in {@link #settle}. */
  void retract(Lease lease) {
    PeerVerdict verdict = judge.apply(lease);
    Lease half = verdict.half();
    switch (verdict.path()) {
      case IGNORED -> {}
      case REFUSED -> refusals.remove(verdict.key());
      case DIRECT -> {
        use(half.subnet(), -1);
        routes.remove(half.subnet());
      }
      case TUNNEL -> {
        use(half.subnet(), -1);
        List<PeerVerdict> rest = new ArrayList<>(claimants(half));
        rest.remove(verdict);
        claim(half, rest);
      }
    }
  }

  /** Notes a lease; what it comes to is entered in {@link #settle}. */
  void add(Lease lease) {
    PeerVerdict verdict = judge.apply(lease);
    Lease half = verdict.half();
    added.add(verdict);
    if (verdict.isAdmitted()) {
      use(half.subnet(), 1);
    }
    if (verdict.path() == PeerVerdict.Path.TUNNEL) {
      List<PeerVerdict> all = new ArrayList<>(claimants(half));
      all.add(verdict);
      all.sort((one, other) -> PeerLedger.order(one.key(), other.key()));
      claim(half, all);
    }
  }

  private void use(IpPrefix subnet, int difference) {
    Integer known = uses.get(subnet);
    int count = (known == null ? 0 : known) + difference;
    if (count == 0) {
      uses.remove(subnet);
    } else {
      uses.put(subnet, count);
    }
    // A lease that moves within one change may look contested for a moment: then all is planned
    // anew for nothing.
    contested |= count > 1;
  }

  private List<PeerVerdict> claimants(Lease half) {
    List<PeerVerdict> known = claims.get(half.vtepMac().orElseThrow());
    return known == null ? List.of() : known;
  }

  private void claim(Lease half, List<PeerVerdict> all) {
    MacAddress mac = half.vtepMac().orElseThrow();
    touched.add(mac);
    if (all.isEmpty()) {
      claims.remove(mac);
    } else {
      claims.put(mac, List.copyOf(all));
    }
  }

  /** Whether two leases claim one subnet: these entries are of no use then. */
  boolean isContested() {
    return contested;
  }

  /** Enters what the leases come to; first what goes, as a lease's new form has the old subnet. */
  void settle() {
    for (MacAddress mac : touched) {
      List<PeerVerdict> old = before.claims().getOrDefault(mac, List.of());
      old.stream().limit(1).forEach(winner -> leave(winner.half()));
      old.stream().skip(1).forEach(loser -> refusals.remove(loser.key()));
    }
    for (PeerVerdict verdict : added) {
      IpPrefix subnet = verdict.half().subnet();
      switch (verdict.path()) {
        case IGNORED, TUNNEL -> {}
        case REFUSED -> refusals.put(verdict.key(), verdict);
        case DIRECT -> routes.put(subnet, new RouteTarget.Direct(verdict.half().publicIp()));
      }
    }
    for (MacAddress mac : touched) {
      List<PeerVerdict> now = claims.get(mac);
      if (now != null) {
        now.stream().limit(1).forEach(winner -> enter(winner.half()));
        now.stream().skip(1).forEach(loser -> refuse(loser, now.get(0)));
      }
    }
  }

  private void leave(Lease half) {
    neighbours.remove(half.subnet().address());
    forwarding.remove(half.vtepMac().orElseThrow());
    routes.remove(half.subnet());
  }

  private void enter(Lease half) {
    MacAddress mac = half.vtepMac().orElseThrow();
    IpAddress device = half.subnet().address();
    neighbours.put(device, mac);
    forwarding.put(mac, half.publicIp());
    routes.put(half.subnet(), new RouteTarget.Tunnel(device));
  }

  private void refuse(PeerVerdict loser, PeerVerdict winner) {
    String mac = loser.half().vtepMac().orElseThrow().toString();
    refusals.put(
        loser.key(),
        loser.refused("its VtepMAC " + mac + " is also that of " + winner.half().node()));
  }

  PersistentMap<IpPrefix, Integer> uses() {
    return uses.done();
  }

  PersistentMap<MacAddress, List<PeerVerdict>> claims() {
    return claims.done();
  }

  PersistentMap<IpPrefix, PeerVerdict> refusals() {
    return refusals.done();
  }

  PersistentMap<IpAddress, MacAddress> neighbours() {
    return neighbours.done();
  }

  PersistentMap<MacAddress, IpAddress> forwarding() {
    return forwarding.done();
  }

  PersistentMap<IpPrefix, RouteTarget> routes() {
    return routes.done();
  }
}
