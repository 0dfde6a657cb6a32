package io.flannelj.store.etcd;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import io.flannelj.store.LeaseValue;

/**
 * The form of a lease in etcd: flannel's key and value. The value names no node, so a lease's
 * holder is its public address, and nobody but etcd knows when it ends.
 *
 * <p>An IPv6-only node has a key without the IPv4 part, {@code fd00:10:244:1::-64}. Go flannel's
 * expression for keys asks for a dotted number at the beginning, so Go nodes pass it over.
 */
final class LeaseRecord {
  private static final int MOST_LENGTH = 64 * 1024;

  private LeaseRecord() {}

  /**
   * Reads a lease.
   *
   * @throws IllegalArgumentException naming what is wrong with the value
   */
  static Lease read(SubnetKey key, KeyValue kv) {
    if (kv.value().length() > MOST_LENGTH) {
      throw new IllegalArgumentException("the value has " + kv.value().length() + " characters");
    }
    if (!(Json.parse(kv.value()) instanceof JsonObject object)) {
      throw new IllegalArgumentException("the value is not a JSON object");
    }
    String address = object.textOrEmpty(key.subnet().isIpv4() ? "PublicIP" : "PublicIPv6");
    // One node, however its address is spelled.
    String node = IpAddress.parse(address).toString();
    return LeaseValue.read(
        key, object, node, kv.lease() == 0 ? Lease.RESERVED : Lease.UNTIL_REMOVED);
  }

  /** The value. */
  static String write(Lease lease) {
    return LeaseValue.begin(lease).append('}').toString();
  }

  /**
   * Whether somebody has kept a subnet for a node that has not come yet: documentation has such
   * values without a backend.
   */
  static boolean isWaiting(Lease lease) {
    return lease.isReservation()
        && lease.backendType().isEmpty()
        && lease.vtepMac().isEmpty()
        && !lease.publicIp().equals(Ipv4Address.ANY);
  }
}
