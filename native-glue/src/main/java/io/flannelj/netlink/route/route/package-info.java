/** Routes as {@code ip route} shows them, IPv4 and IPv6. */
@NullMarked
package io.flannelj.netlink.route.route;

import org.jspecify.annotations.NullMarked;
