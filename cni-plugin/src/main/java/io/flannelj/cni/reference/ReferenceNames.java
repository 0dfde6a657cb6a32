package io.flannelj.cni.reference;

import io.flannelj.cni.Attachment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** How the reference plugins name an attachment's chains and rules: pkg/utils, pkg/ip. */
final class ReferenceNames {
  private static final int CHAIN_LENGTH = 28;
  private static final int HASH_LENGTH = 16;

  private final Attachment owner;

  ReferenceNames(Attachment owner) {
    this.owner = owner;
  }

  String masqueradeChain() {
    return chain("CNI-");
  }

  String hostPortChain() {
    return chain("CNI-DN-");
  }

  /** Comment of the rules that are about a container's chain. */
  String comment() {
    return "name: \"" + owner.network() + "\" id: \"" + owner.containerId() + "\"";
  }

  /** The comment begins with hashes; names follow, shortened. */
  boolean isMasqueradeComment(String comment) {
    return comment.startsWith(
        hash(owner.network()) + "-" + hash(owner.ifName() + ":" + owner.containerId()) + ",");
  }

  private String chain(String prefix) {
    return (prefix + sha512(owner.network() + owner.containerId())).substring(0, CHAIN_LENGTH);
  }

  private static String hash(String text) {
    return sha512(text).substring(0, HASH_LENGTH);
  }

  private static String sha512(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-512").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-512", e);
    }
  }
}
