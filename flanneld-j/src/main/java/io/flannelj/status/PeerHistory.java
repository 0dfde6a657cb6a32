package io.flannelj.status;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.reconcile.TableStatus;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Since when each lease is as it is, and what failed for it last. Written by the reconciling thread
 * after its round, so that it delays no change; read by others.
 */
public final class PeerHistory {
  private static final Seen NEVER = new Seen(Instant.EPOCH, "", Instant.EPOCH);

  private final Map<IpPrefix, Seen> peers = new ConcurrentHashMap<>();
  private PersistentMap<IpPrefix, Lease> last = PersistentMap.empty();

  /**
   * What is remembered of a lease.
   *
   * @param since when this process first saw it as it is; renewals change nothing
   * @param error what failed last for it, empty: nothing
   * @param errorAt when that was
   */
  public record Seen(Instant since, String error, Instant errorAt) {}

  /** Notes a snapshot. */
  public void saw(LeaseSnapshot snapshot, Instant now) {
    PersistentMap<IpPrefix, Lease> before = last;
    last = PersistentMap.copyOf(snapshot.leases());
    last.changesSince(
        before,
        (subnet, lease) -> {
          Lease known = before.get(subnet);
          if (known == null || !known.withExpiry(0).equals(lease.withExpiry(0))) {
            peers.put(subnet, new Seen(now, "", Instant.EPOCH));
          }
        },
        peers::remove);
  }

  /** Notes what a round failed at, for the peers that it was for. */
  public void failed(List<TableStatus> tables, Instant now) {
    if (tables.stream().allMatch(table -> table.errors().isEmpty())) {
      return;
    }
    Map<String, IpPrefix> subnets = new HashMap<>();
    last.forEach(
        (subnet, lease) -> {
          name(subnet, lease, subnets);
          lease.ipv6().ifPresent(half -> name(subnet, half, subnets));
        });
    for (TableStatus table : tables) {
      table
          .errors()
          .forEach(
              (key, error) ->
                  Optional.ofNullable(subnets.get(key))
                      .ifPresent(
                          subnet ->
                              peers.computeIfPresent(
                                  subnet, (same, seen) -> new Seen(seen.since(), error, now))));
    }
  }

  /** The keys that a peer has in the tables of routes, neighbours and forwarding. */
  private static void name(IpPrefix peer, Lease half, Map<String, IpPrefix> subnets) {
    subnets.put(half.subnet().toString(), peer);
    subnets.put(half.subnet().address().toString(), peer);
    half.vtepMac().ifPresent(mac -> subnets.put(mac.toString(), peer));
  }

  /** What is remembered of a lease; the beginning of time if nothing is. */
  public Seen of(IpPrefix subnet) {
    return Optional.ofNullable(peers.get(subnet)).orElse(NEVER);
  }
}
