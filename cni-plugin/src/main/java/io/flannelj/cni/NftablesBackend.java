package io.flannelj.cni;

import io.flannelj.cni.json.JsonObject;

/**
 * The choice between iptables and nftables that some plugins offer. Ours write nftables only, so an
 * explicit wish for iptables is refused rather than passed over.
 */
public final class NftablesBackend {
  private NftablesBackend() {}

  /**
   * Checks a configuration key.
   *
   * @param conf the configuration
   * @param key {@code ipMasqBackend} or {@code backend}
   * @param unknown begin of the text for a value that is neither, {@code unknown ipmasq backend}
   * @throws CniError code 2 for iptables, code 7 for any other value but nftables
   */
  public static void require(JsonObject conf, String key, String unknown) {
    String value = conf.textOrEmpty(key);
    if (value.equals("iptables")) {
      throw new CniError(
          CniError.UNSUPPORTED_FIELD,
          "unsupported value \"iptables\" of key \""
              + key
              + "\": rules are written with nftables only",
          "set " + key + " to \"nftables\" or leave it out");
    }
    if (!value.isEmpty() && !value.equals("nftables")) {
      throw new CniError(
          CniError.INVALID_CONFIG,
          unknown + " \"" + value + "\"",
          key + " must be \"nftables\" or absent");
    }
  }
}
