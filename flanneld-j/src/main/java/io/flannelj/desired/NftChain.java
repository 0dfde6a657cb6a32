package io.flannelj.desired;

import java.util.List;
import java.util.Optional;

/**
 * A chain of an nftables table.
 *
 * @param name its name
 * @param hook what makes it a base chain; empty for one that is only jumped to
 * @param rules in the order in which packets meet them
 */
public record NftChain(String name, Optional<Hook> hook, List<NftRule> rules) {
  /** Copies the list. */
  public NftChain {
    rules = List.copyOf(rules);
  }

  /** Where packets come from; the policy is accept. */
  public enum Hook {
    /** {@code type filter hook forward priority filter}. */
    FILTER_FORWARD("type filter hook forward priority filter; policy accept;"),
    /** {@code type nat hook postrouting priority srcnat}. */
    NAT_POSTROUTING("type nat hook postrouting priority srcnat; policy accept;");

    private final String words;

    Hook(String words) {
      this.words = words;
    }

    /** As nft prints it. */
    public String words() {
      return words;
    }
  }
}
