/** Interface addresses as {@code ip address} shows them. */
@NullMarked
package io.flannelj.netlink.route.address;

import org.jspecify.annotations.NullMarked;
