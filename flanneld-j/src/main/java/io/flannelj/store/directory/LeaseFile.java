package io.flannelj.store.directory;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
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
 * </pre>
 */
final class LeaseFile {
  private static final String SUFFIX = ".json";
  private static final int MOST_BYTES = 64 * 1024;

  private LeaseFile() {}

  static String nameOf(IpPrefix subnet) {
    return subnet.address() + "-" + subnet.length() + SUFFIX;
  }

  /** The subnet that a file name stands for; empty if it is no lease's. */
  static Optional<IpPrefix> subnetOf(String fileName) {
    int dash = fileName.lastIndexOf('-');
    if (!fileName.endsWith(SUFFIX) || dash <= 0) {
      return Optional.empty();
    }
    String length = fileName.substring(dash + 1, fileName.length() - SUFFIX.length());
    try {
      IpPrefix subnet = IpPrefix.parse(fileName.substring(0, dash) + "/" + length);
      return subnet.isMasked() && nameOf(subnet).equals(fileName)
          ? Optional.of(subnet)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads a lease.
   *
   * @throws IllegalArgumentException naming what is wrong with the content
   */
  static Lease read(IpPrefix subnet, byte[] content) {
    if (content.length == 0) {
      throw new IllegalArgumentException("the file is empty: its writer was cut off");
    }
    if (content.length > MOST_BYTES) {
      throw new IllegalArgumentException("the file has " + content.length + " bytes");
    }
    if (!(Json.parse(content) instanceof JsonObject object)) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    JsonObject data = object.object("BackendData").orElse(JsonObject.EMPTY);
    Optional<String> mac = data.text("VtepMAC");
    return new Lease(
        object.text("Node").orElse(""),
        subnet,
        IpAddress.parse(object.textOrEmpty("PublicIP")),
        object.textOrEmpty("BackendType"),
        data.integer("VNI").orElse(0),
        mac.isEmpty() ? Optional.empty() : Optional.of(MacAddress.parse(mac.get())),
        object.integer("Expiration", 0, Long.MAX_VALUE).orElse(Long.MAX_VALUE));
  }

  static byte[] write(Lease lease) {
    StringBuilder json = new StringBuilder(200);
    json.append("{\"PublicIP\":\"").append(lease.publicIp());
    json.append("\",\"PublicIPv6\":null,\"BackendType\":\"").append(lease.backendType());
    json.append("\",\"BackendData\":{\"VNI\":").append(lease.vni());
    if (lease.vtepMac().isPresent()) {
      json.append(",\"VtepMAC\":\"").append(lease.vtepMac().get()).append('"');
    }
    json.append("},\"Node\":").append(new JsonString(lease.node()).toCompactText());
    if (lease.expiresAt() != Long.MAX_VALUE) {
      json.append(",\"Expiration\":").append(lease.expiresAt());
    }
    return json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }
}
