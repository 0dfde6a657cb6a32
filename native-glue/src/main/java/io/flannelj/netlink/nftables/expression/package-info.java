/**
 * The steps of a rule: one record per expression of nf_tables with its attributes, in the form in
 * which the kernel reports it. What has no type here survives as bytes.
 */
@NullMarked
package io.flannelj.netlink.nftables.expression;

import org.jspecify.annotations.NullMarked;
