package io.flannelj.cni.attachment;

import io.flannelj.cni.Attachment;
import io.flannelj.net.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The files of attachments: one value on each line; the last one is missing in older files. */
final class AttachmentText {
  private static final int LINES = 7;
  private static final int FLAGS = 2;
  private static final String HAIRPIN = " hairpin";
  private static final String ISOLATED = " isolated";

  private AttachmentText() {}

  static byte[] of(AttachmentRecord record) {
    String text =
        record.attachment().containerId()
            + "\n"
            + record.attachment().ifName()
            + "\n"
            + record.holder()
            + "\n"
            + record.bootId()
            + "\n"
            + record.netnsCookie()
            + "\n"
            + record.hostVeth()
            + "\n"
            + record.hostIndex()
            + "\n"
            + port(record.port());
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String port(AttachmentRecord.BridgePort port) {
    return port.bridge().isEmpty()
        ? ""
        : port.bridge()
            + (port.hairpin() ? HAIRPIN : "")
            + (port.isolated() ? ISOLATED : "")
            + "\n";
  }

  /** A bridge's name has no spaces. */
  private static AttachmentRecord.BridgePort readPort(String line) {
    String[] words = line.split(" ", FLAGS);
    if (words[0].isEmpty()) {
      return AttachmentRecord.BridgePort.NONE;
    }
    String flags = line.substring(words[0].length());
    return new AttachmentRecord.BridgePort(
        words[0], flags.contains(HAIRPIN), flags.contains(ISOLATED));
  }

  static Optional<AttachmentRecord> read(String network, IpAddress ip, byte[] content) {
    String[] lines = lines(content);
    if (lines.length < LINES) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new AttachmentRecord(
              ip,
              new Attachment(network, lines[0], lines[1]),
              lines[2],
              lines[3],
              Long.parseLong(lines[4]),
              lines[5],
              Integer.parseInt(lines[6]),
              readPort(lines.length > LINES ? lines[LINES] : "")));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Such as {@code 10.244.1.2,fd00::2}. */
  static String list(List<IpAddress> addresses) {
    return addresses.stream().map(IpAddress::toString).collect(Collectors.joining(","));
  }

  static List<IpAddress> readList(String list) {
    List<IpAddress> addresses = new ArrayList<>();
    for (String word : list.split(",", -1)) {
      address(word).ifPresent(addresses::add);
    }
    return addresses;
  }

  static Optional<IpAddress> address(String text) {
    try {
      return Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String[] lines(byte[] content) {
    return new String(content, StandardCharsets.UTF_8).split("\n", -1);
  }
}
