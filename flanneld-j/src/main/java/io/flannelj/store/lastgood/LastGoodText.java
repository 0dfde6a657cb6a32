package io.flannelj.store.lastgood;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.directory.LeaseFile;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The form of a snapshot on disk: a line that says whose it is, a line for each lease as the store
 * {@code directory} has it, and a line that tells whether all of it is there.
 *
 * <pre>
 *   {"Format":"flannel-j snapshot","Version":1,"Node":"node1","Store":"directory /...",
 *    "Written":1764080000000,"Own":"10.244.1.0-24.json","NetConf":"{...}"}
 *   10.244.1.0-24.json {"PublicIP":"192.0.2.1",...}
 *   end 1 5d3c0f3b
 * </pre>
 */
final class LastGoodText {
  static final int VERSION = 1;
  private static final String FORMAT = "flannel-j snapshot";
  private static final String END = "end ";

  private LastGoodText() {}

  static byte[] write(LastGood last) {
    Map<String, Json> header = new LinkedHashMap<>();
    header.put("Format", new JsonString(FORMAT));
    header.put("Version", JsonNumber.of(VERSION));
    header.put("Node", new JsonString(last.node()));
    header.put("Store", new JsonString(last.store()));
    header.put("Written", JsonNumber.of(last.written()));
    header.put("Own", new JsonString(LeaseFile.nameOf(last.own().key())));
    header.put("NetConf", new JsonString(last.netConf()));
    StringBuilder text = new StringBuilder(300 + 220 * last.leases().size());
    text.append(new JsonObject(header).toCompactText()).append('\n');
    for (Lease lease : last.leases().values()) {
      text.append(LeaseFile.nameOf(lease.key())).append(' ');
      text.append(new String(LeaseFile.write(lease), UTF_8));
    }
    String body = text.toString();
    return (body + END + last.leases().size() + " " + checksum(body) + "\n").getBytes(UTF_8);
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(UTF_8));
    return String.format("%08x", crc.getValue());
  }

  /**
   * Reads a snapshot.
   *
   * @throws IllegalArgumentException saying why it is not one, or not whole
   */
  static LastGood read(byte[] content) {
    String text = new String(content, UTF_8);
    int line = text.indexOf('\n');
    if (line < 0
        || !(Json.parse(text.substring(0, line).getBytes(UTF_8)) instanceof JsonObject header)
        || !header.textOrEmpty("Format").equals(FORMAT)) {
      throw new IllegalArgumentException("it is no snapshot of flannel-j");
    }
    long version = header.integer("Version", 0, Long.MAX_VALUE).orElse(0L);
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "it is of version " + version + ", this flannel-j reads version " + VERSION);
    }
    int end = text.lastIndexOf("\n" + END) + 1;
    String body = text.substring(0, end);
    Map<IpPrefix, Lease> leases = leases(body.substring(Math.min(line + 1, body.length())));
    if (!text.substring(end).equals(END + leases.size() + " " + checksum(body) + "\n")) {
      throw new IllegalArgumentException("it is torn: its end or its checksum does not fit");
    }
    Lease own =
        LeaseFile.keyOf(header.textOrEmpty("Own"))
            .flatMap(key -> Optional.ofNullable(leases.get(key.subnet())))
            .orElseThrow(() -> new IllegalArgumentException("the node's own lease is not in it"));
    return new LastGood(
        header.textOrEmpty("Node"),
        header.textOrEmpty("Store"),
        header.integer("Written", 0, Long.MAX_VALUE).orElse(0L),
        header.textOrEmpty("NetConf"),
        own,
        Map.copyOf(leases));
  }

  private static Map<IpPrefix, Lease> leases(String lines) {
    Map<IpPrefix, Lease> leases = new HashMap<>();
    for (String line : lines.lines().toList()) {
      int space = line.indexOf(' ');
      SubnetKey key =
          LeaseFile.keyOf(line.substring(0, Math.max(0, space)))
              .orElseThrow(() -> new IllegalArgumentException("it is torn: \"" + line + "\""));
      leases.put(key.subnet(), LeaseFile.read(key, line.substring(space + 1).getBytes(UTF_8)));
    }
    return leases;
  }
}
