/**
 * Neighbours as {@code ip neighbour} shows them, and the forwarding entries of {@code bridge fdb}:
 * the kernel has one message for both.
 */
@NullMarked
package io.flannelj.netlink.route.neighbour;

import org.jspecify.annotations.NullMarked;
