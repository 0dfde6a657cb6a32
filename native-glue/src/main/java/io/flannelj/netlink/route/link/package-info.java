/**
 * Links as {@code ip link} shows them: bridges, veths, VXLAN devices; other kinds keep their bytes.
 */
@NullMarked
package io.flannelj.netlink.route.link;

import org.jspecify.annotations.NullMarked;
