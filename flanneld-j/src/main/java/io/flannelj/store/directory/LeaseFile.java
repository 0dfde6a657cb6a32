package io.flannelj.store.directory;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.store.LeaseValue;
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
    return LeaseValue.read(
        key,
        object,
        object.text("Node").orElse(""),
        object.integer("Expiration", 0, Lease.RESERVED).orElse(Lease.RESERVED));
  }

  /** The file's content: one line. */
  public static byte[] write(Lease lease) {
    StringBuilder json = LeaseValue.begin(lease);
    json.append(",\"Node\":").append(new JsonString(lease.node()).toCompactText());
    if (!lease.isReservation()) {
      json.append(",\"Expiration\":").append(lease.expiresAt());
    }
    return json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }
}
