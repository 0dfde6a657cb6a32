package io.flannelj.store;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * The members of flannel's value of a lease, in flannel's order:
 *
 * <pre>
 *   {"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan",
 *    "BackendData":{"VNI":1,"VtepMAC":"02:..."}}
 *   {"PublicIP":"192.0.2.1","PublicIPv6":"2001:db8::1","BackendType":"vxlan",
 *    "BackendData":{...},"BackendV6Data":{...}}
 *   {"PublicIP":"0.0.0.0","PublicIPv6":"2001:db8::1","BackendType":"vxlan",
 *    "BackendV6Data":{...}}
 * </pre>
 *
 * <p>The last is that of an IPv6-only node, which Go flannel cannot be.
 */
public final class LeaseValue {
  private LeaseValue() {}

  /**
   * Reads a lease.
   *
   * @param node who holds it, by the store
   * @param expiresAt as in {@link Lease}
   * @throws IllegalArgumentException naming what is wrong with the value
   */
  public static Lease read(SubnetKey key, JsonObject value, String node, long expiresAt) {
    Lease lease = half(key.subnet(), value, node, expiresAt);
    return key.ipv6().isEmpty()
        ? lease
        : lease.withIpv6(half(key.ipv6().get(), value, node, expiresAt));
  }

  private static Lease half(IpPrefix subnet, JsonObject value, String node, long expiresAt) {
    boolean ipv4 = subnet.isIpv4();
    JsonObject data = value.object(ipv4 ? "BackendData" : "BackendV6Data").orElse(JsonObject.EMPTY);
    Optional<String> mac = data.text("VtepMAC");
    return new Lease(
        node,
        subnet,
        IpAddress.parse(value.textOrEmpty(ipv4 ? "PublicIP" : "PublicIPv6")),
        value.textOrEmpty("BackendType"),
        data.integer("VNI").orElse(0),
        mac.isEmpty() ? Optional.empty() : Optional.of(MacAddress.parse(mac.get())),
        expiresAt);
  }

  /** Begins the value; the closing brace is left to the caller. */
  public static StringBuilder begin(Lease lease) {
    Optional<Lease> ipv4 = lease.half(AddressFamily.IPV4);
    Optional<Lease> ipv6 = lease.half(AddressFamily.IPV6);
    StringBuilder json = new StringBuilder(200);
    // As Go flannel prints an IPv4 address that is not set.
    json.append("{\"PublicIP\":\"");
    json.append(ipv4.isPresent() ? ipv4.get().publicIp() : Ipv4Address.ANY).append('"');
    json.append(",\"PublicIPv6\":");
    json.append(ipv6.map(half -> "\"" + half.publicIp() + "\"").orElse("null"));
    json.append(",\"BackendType\":").append(new JsonString(lease.backendType()).toCompactText());
    ipv4.ifPresent(half -> backendData(json, "BackendData", half));
    ipv6.ifPresent(half -> backendData(json, "BackendV6Data", half));
    return json;
  }

  private static void backendData(StringBuilder json, String key, Lease half) {
    json.append(",\"").append(key).append("\":{\"VNI\":").append(half.vni());
    if (half.vtepMac().isPresent()) {
      json.append(",\"VtepMAC\":\"").append(half.vtepMac().get()).append('"');
    }
    json.append('}');
  }
}
