/** Policy rules: {@code ip rule}. They decide which routing table a packet is looked up in. */
@NullMarked
package io.flannelj.netlink.route.rule;

import org.jspecify.annotations.NullMarked;
