/**
 * nf_tables content as {@code nft list table} prints it (1.0.6), and batches as {@code nft -f}
 * reads them. What nft could not read back is printed within brackets.
 */
@NullMarked
package io.flannelj.netlink.nftables.text;

import org.jspecify.annotations.NullMarked;
