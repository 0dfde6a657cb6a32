/**
 * The kernel's table of connections over netlink (ctnetlink): entries are listed, filtered by the
 * kernel where it can, and deleted one by one.
 */
@NullMarked
package io.flannelj.netlink.conntrack;

import org.jspecify.annotations.NullMarked;
