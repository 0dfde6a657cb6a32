/**
 * nf_tables over netlink: tables, chains, rules, sets and maps as records, changed by one atomic
 * batch and dumped back into the same records. Texts are those of {@code nft}, which itself is
 * never needed.
 */
@NullMarked
package io.flannelj.netlink.nftables;

import org.jspecify.annotations.NullMarked;
