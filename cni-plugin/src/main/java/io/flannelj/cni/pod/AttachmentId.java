package io.flannelj.cni.pod;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * One interface of one container in one network.
 *
 * @param network the network's name
 * @param containerId the runtime's ID
 * @param ifName name inside the container, {@code eth0}
 */
public record AttachmentId(String network, String containerId, String ifName) {
  private static final String ALIAS = "cni:";

  /**
   * Name of the host's end of its veth: {@code veth} and eight hex digits of a hash, so that DEL
   * finds it without namespace or result.
   *
   * @param attempt 0 first, more if another attachment's veth has that name
   */
  public String hostName(int attempt) {
    String text = alias() + (attempt == 0 ? "" : " " + attempt);
    long hash = PodMac.hash(text.getBytes(StandardCharsets.UTF_8));
    return "veth" + HexFormat.of().toHexDigits((int) (hash ^ (hash >>> 32)));
  }

  /** How the aliases of all attachments of a network begin. */
  public static String aliasPrefix(String network) {
    return ALIAS + network + "/";
  }

  /** Whether a link carries an alias of ours, of whatever attachment. */
  public static boolean isAlias(String text) {
    return text.startsWith(ALIAS);
  }

  /** What the host's end carries as alias: proof that the hash is no coincidence. */
  public String alias() {
    String full = aliasPrefix(network) + containerId + "/" + ifName;
    // IFALIASZ is 256 bytes with the NUL; IDs have no length limit, so a long text is hashed.
    if (full.length() <= 200) {
      return full;
    }
    long hash = PodMac.hash(full.getBytes(StandardCharsets.UTF_8));
    return full.substring(0, 180) + "~" + HexFormat.of().toHexDigits(hash);
  }
}
