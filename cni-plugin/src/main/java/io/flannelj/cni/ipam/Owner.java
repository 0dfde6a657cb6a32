package io.flannelj.cni.ipam;

import java.nio.charset.StandardCharsets;

/**
 * Content of an address record.
 *
 * @param containerId empty in a record that was cut off by a crash: it is nobody's
 * @param ifName empty in records of old releases, which named the container only
 */
record Owner(String containerId, String ifName) {
  /** Of a record that was made but not written. */
  static final Owner NOBODY = new Owner("", "");

  private static final String SEPARATOR = "\r\n";

  static Owner parse(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    int end = text.indexOf('\n');
    return end < 0
        ? new Owner(text, "")
        : new Owner(text.substring(0, end).strip(), text.substring(end + 1).strip());
  }

  byte[] toBytes() {
    return (containerId + SEPARATOR + ifName).getBytes(StandardCharsets.UTF_8);
  }

  boolean isNobody() {
    return containerId.isEmpty();
  }

  /** Whether this is the other, or names only its container. */
  boolean covers(Owner other) {
    return containerId.equals(other.containerId)
        && (ifName.isEmpty() || ifName.equals(other.ifName));
  }
}
