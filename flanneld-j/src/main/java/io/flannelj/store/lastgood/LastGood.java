package io.flannelj.store.lastgood;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import java.util.Map;

/**
 * What a node needs to boot without its store.
 *
 * @param node whose snapshot it is
 * @param store the store it is of, such as {@code directory /var/lib/flannel-j/leases}
 * @param written milliseconds since 1970
 * @param netConf text of net-conf.json, empty if it was not known
 * @param own the node's own lease
 * @param leases all leases by subnet, the own one included
 */
public record LastGood(
    String node,
    String store,
    long written,
    String netConf,
    Lease own,
    Map<IpPrefix, Lease> leases) {

  /** The leases as a snapshot that nothing may be removed for. */
  public LeaseSnapshot snapshot() {
    return new LeaseSnapshot(0, false, leases);
  }

  /** Whether it says the same, whenever it was written. */
  boolean saysTheSame(LastGood other) {
    return node.equals(other.node)
        && store.equals(other.store)
        && netConf.equals(other.netConf)
        && own.equals(other.own)
        && leases.equals(other.leases);
  }
}
