package io.flannelj.cni.rules;

import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.SetElement;

/**
 * An element with the set or map that it is in. Its comment names the attachment that owns it.
 *
 * @param set set or map
 * @param element of it
 */
public record Entry(NftSet set, SetElement element) {
  /** Whether both cannot be there at once, or are the same. */
  boolean hasKeyOf(Entry other) {
    return set.name().equals(other.set.name()) && element.key().equals(other.element.key());
  }

  Entry ownedBy(String owner) {
    return new Entry(set, element.withComment(owner));
  }
}
