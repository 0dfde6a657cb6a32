package io.flannelj.cni.rules;

import io.flannelj.cni.Attachment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The comment by which an attachment finds its elements again. */
final class OwnerComment {
  // NFT_USERDATA_MAXLEN is 256, but nft(8) refuses comments above 128 bytes with their NUL.
  private static final int LONGEST = 127;
  private static final int HASH_BYTES = 16;

  private OwnerComment() {}

  /** {@code network/containerID/ifname}; a long one is cut and ends with a hash of the whole. */
  static String of(Attachment owner) {
    String full = owner.toString();
    byte[] octets = full.getBytes(StandardCharsets.UTF_8);
    if (octets.length <= LONGEST) {
      return full;
    }
    String hash = HexFormat.of().formatHex(sha256(octets), 0, HASH_BYTES);
    // The protocol allows ASCII only in all three parts but the interface name.
    int kept = LONGEST - 1 - hash.length();
    return new String(octets, 0, kept, StandardCharsets.US_ASCII).replace('\ufffd', '?')
        + "~"
        + hash;
  }

  private static byte[] sha256(byte[] octets) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(octets);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
