package io.flannelj.backend.vxlan;

import io.flannelj.collection.PersistentMap;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import io.flannelj.lease.Refusal;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What each lease of a snapshot comes to. The same leases give the same ledger by whatever way, but
 * a ledger follows a changed snapshot at the price of the change.
 *
 * <p>Two leases may claim one MAC; the FDB has room for one destination, and the lower subnet has
 * it. Two leases may claim one IPv6 subnet, as snapshots are keyed by the IPv4 one; then all is
 * planned anew each time until one of them is gone, and the lower IPv4 subnet has it.
 */
final class PeerLedger {
  /** No lease. */
  static final PeerLedger EMPTY = new PeerLedger();

  private final PersistentMap<IpPrefix, Lease> leases;
  private final PersistentMap<IpPrefix, Integer> uses;
  private final PersistentMap<MacAddress, List<PeerVerdict>> claims;
  private final PersistentMap<IpPrefix, PeerVerdict> refusals;
  private final PersistentMap<IpAddress, MacAddress> neighbours;
  private final PersistentMap<MacAddress, IpAddress> forwarding;
  private final PersistentMap<IpPrefix, RouteTarget> routes;
  private final boolean contested;

  private PeerLedger() {
    leases = PersistentMap.empty();
    uses = PersistentMap.empty();
    claims = PersistentMap.empty();
    refusals = PersistentMap.empty();
    neighbours = PersistentMap.empty();
    forwarding = PersistentMap.empty();
    routes = PersistentMap.empty();
    contested = false;
  }

  private PeerLedger(
      PeerEntries entries, PersistentMap<IpPrefix, Lease> leases, boolean contested) {
    this.leases = leases;
    this.uses = entries.uses();
    this.claims = entries.claims();
    this.refusals = entries.refusals();
    this.neighbours = entries.neighbours();
    this.forwarding = entries.forwarding();
    this.routes = entries.routes();
    this.contested = contested;
  }

  /** How many leases use a subnet. */
  PersistentMap<IpPrefix, Integer> uses() {
    return uses;
  }

  /** Who claims a MAC, the lowest subnet first. */
  PersistentMap<MacAddress, List<PeerVerdict>> claims() {
    return claims;
  }

  /** By the key of the lease. */
  PersistentMap<IpPrefix, PeerVerdict> refusals() {
    return refusals;
  }

  PersistentMap<IpAddress, MacAddress> neighbours() {
    return neighbours;
  }

  PersistentMap<MacAddress, IpAddress> forwarding() {
    return forwarding;
  }

  PersistentMap<IpPrefix, RouteTarget> routes() {
    return routes;
  }

  /** What must not reach the kernel, by subnet. */
  List<Refusal> refused() {
    return refusals.values().stream()
        .sorted((one, other) -> order(one.key(), other.key()))
        .map(PeerVerdict::refusal)
        .toList();
  }

  /**
   * The ledger of another snapshot.
   *
   * @param judge a pure function, the same as this ledger was made with
   */
  PeerLedger follow(PersistentMap<IpPrefix, Lease> now, Function<Lease, PeerVerdict> judge) {
    if (!contested) {
      PeerEntries entries = new PeerEntries(this, judge);
      now.changesSince(
          leases,
          (key, lease) -> {
            Optional.ofNullable(leases.get(key)).ifPresent(entries::retract);
            entries.add(lease);
          },
          key -> Optional.ofNullable(leases.get(key)).ifPresent(entries::retract));
      if (!entries.isContested()) {
        entries.settle();
        return new PeerLedger(entries, now, false);
      }
    }
    return anew(now, judge);
  }

  private static PeerLedger anew(
      PersistentMap<IpPrefix, Lease> now, Function<Lease, PeerVerdict> judge) {
    List<Lease> sorted = new ArrayList<>(now.values());
    sorted.sort(PeerLedger::bySubnet);
    Map<IpPrefix, Lease> taken = new HashMap<>();
    boolean[] contested = {false};
    Function<Lease, PeerVerdict> once =
        lease -> {
          PeerVerdict verdict = judge.apply(lease);
          if (!verdict.isAdmitted()) {
            return verdict;
          }
          IpPrefix subnet = verdict.half().subnet();
          Lease other = taken.putIfAbsent(subnet, lease);
          if (other == null) {
            return verdict;
          }
          contested[0] = true;
          return verdict.refused("its subnet " + subnet + " is also that of " + other.node());
        };
    PeerEntries entries = new PeerEntries(EMPTY, once);
    sorted.forEach(entries::add);
    entries.settle();
    return new PeerLedger(entries, now, contested[0]);
  }

  private static int bySubnet(Lease one, Lease other) {
    return order(one.subnet(), other.subnet());
  }

  /** By address, the shorter prefix first. */
  static int order(IpPrefix one, IpPrefix other) {
    int difference = Arrays.compareUnsigned(one.address().toBytes(), other.address().toBytes());
    return difference != 0 ? difference : Integer.compare(one.length(), other.length());
  }
}
