/**
 * Rules in nft's words: matches and actions that expand into the same expressions that {@code nft}
 * makes of those words.
 */
@NullMarked
package io.flannelj.netlink.nftables.statement;

import org.jspecify.annotations.NullMarked;
