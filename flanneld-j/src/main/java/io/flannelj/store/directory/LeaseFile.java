package io.flannelj.store.directory;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The form of a lease on disk: the file's name is flannel's subnet key and {@code .json}, the
 * content flannel's value with the node's name and the expiry (milliseconds since 1970; absent: a
 * reservation).
 *
 * <pre>
 *   10.244.1.0-24.json
 *   {"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan",
 *    "BackendData":{"VNI":1,"VtepMAC":"02:..."},"Node":"node1","Expiration":1764080000000}
 *   10.244.1.0-24&fd00:10:244:1::-64.json
 *   {"PublicIP":"192.0.2.1","PublicIPv6":"2001:db8::1","BackendType":"vxlan",
 *    "BackendData":{...},"BackendV6Data":{...},"Node":"node1","Expiration":1764080000000}
 *   fd00:10:244:1::-64.json
 *   {"PublicIP":"0.0.0.0","PublicIPv6":"2001:db8::1","BackendType":"vxlan",
 *    "BackendV6Data":{...},"Node":"node1","Expiration":1764080000000}
 * </pre>
 */
public final class LeaseFile {
  private static final String SUFFIX = ".json";
  private static final int MOST_BYTES = 64 * 1024;

  private LeaseFile() {}

  /** The file's name for a lease's key. */
  public static String nameOf(SubnetKey key) {
    return key + SUFFIX;
  }

  /** The subnets that a file name stands for; empty if it is no lease's. */
  public static Optional<SubnetKey> keyOf(String fileName) {
    return fileName.endsWith(SUFFIX)
        ? SubnetKey.parse(fileName.substring(0, fileName.length() - SUFFIX.length()))
        : Optional.empty();
  }

  /**
   * Reads a lease.
   *
   * @throws IllegalArgumentException naming what is wrong with the content
   */
  public static Lease read(SubnetKey key, byte[] content) {
    if (content.length == 0) {
      throw new IllegalArgumentException("the file is empty: its writer was cut off");
    }
    if (content.length > MOST_BYTES) {
      throw new IllegalArgumentException("the file has " + content.length + " bytes");
    }
    if (!(Json.parse(content) instanceof JsonObject object)) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    Lease lease = half(key.subnet(), object);
    return key.ipv6().isEmpty() ? lease : lease.withIpv6(half(key.ipv6().get(), object));
  }

  private static Lease half(IpPrefix subnet, JsonObject object) {
    boolean ipv4 = subnet.isIpv4();
    JsonObject data =
        object.object(ipv4 ? "BackendData" : "BackendV6Data").orElse(JsonObject.EMPTY);
    Optional<String> mac = data.text("VtepMAC");
    return new Lease(
        object.text("Node").orElse(""),
        subnet,
        IpAddress.parse(object.textOrEmpty(ipv4 ? "PublicIP" : "PublicIPv6")),
        object.textOrEmpty("BackendType"),
        data.integer("VNI").orElse(0),
        mac.isEmpty() ? Optional.empty() : Optional.of(MacAddress.parse(mac.get())),
        object.integer("Expiration", 0, Long.MAX_VALUE).orElse(Long.MAX_VALUE));
  }

  /** The file's content: one line. */
  public static byte[] write(Lease lease) {
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
    json.append(",\"Node\":").append(new JsonString(lease.node()).toCompactText());
    if (lease.expiresAt() != Long.MAX_VALUE) {
      json.append(",\"Expiration\":").append(lease.expiresAt());
    }
    return json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void backendData(StringBuilder json, String key, Lease half) {
    json.append(",\"").append(key).append("\":{\"VNI\":").append(half.vni());
    if (half.vtepMac().isPresent()) {
      json.append(",\"VtepMAC\":\"").append(half.vtepMac().get()).append('"');
    }
    json.append('}');
  }
}
