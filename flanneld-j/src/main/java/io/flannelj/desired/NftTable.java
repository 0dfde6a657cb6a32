package io.flannelj.desired;

import java.util.List;

/**
 * The whole content of a table of ours, replaced in one transaction when it differs.
 *
 * @param chains in the order of their creation
 */
public record NftTable(List<NftChain> chains) {
  /** Copies the list. */
  public NftTable {
    chains = List.copyOf(chains);
  }
}
