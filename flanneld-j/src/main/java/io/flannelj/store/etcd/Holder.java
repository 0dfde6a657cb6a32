package io.flannelj.store.etcd;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpAddress;
import io.flannelj.store.NodeIdentity;
import java.util.List;
import java.util.Optional;

/**
 * Who we are and what we hold. etcd knows a node by its public address, as flannel does: the IPv4
 * one if it has one; a lease that we took before our address changed is ours too.
 *
 * @param name our node's name
 * @param address our public address, the IPv4 one first
 * @param key what we hold, if anything
 * @param etcdLease which it lives with, 0: none
 */
record Holder(String name, Optional<IpAddress> address, Optional<SubnetKey> key, long etcdLease) {
  static final Holder NOBODY = new Holder("", Optional.empty(), Optional.empty(), 0);

  static Holder of(NodeIdentity node) {
    return NOBODY.as(node.name(), node.publicIps());
  }

  /** The same under another name and address. */
  Holder as(String newName, List<IpAddress> addresses) {
    return new Holder(newName, addresses.stream().findFirst(), key, etcdLease);
  }

  /** The same with another lease. */
  Holder with(SubnetKey newKey, long newEtcdLease) {
    return new Holder(name, address, Optional.of(newKey), newEtcdLease);
  }

  boolean holds(KnownLeases.Found found) {
    return isAddress(found.lease())
        || (etcdLease != 0
            && found.kv().lease() == etcdLease
            && key.equals(Optional.of(found.lease().key())));
  }

  private boolean isAddress(Lease lease) {
    return address.equals(Optional.of(lease.publicIp()));
  }

  /** The lease with our name if it is ours. */
  Lease named(Lease lease) {
    return isAddress(lease) ? lease.withNode(name) : lease;
  }
}
