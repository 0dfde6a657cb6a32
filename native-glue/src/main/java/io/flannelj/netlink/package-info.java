/**
 * The netlink transport: requests, batches, dumps and multicast subscriptions over one socket each.
 * Errors carry the operation, the errno and the kernel's extended-ack text; no reply is ever cut
 * off unseen.
 */
@NullMarked
package io.flannelj.netlink;

import org.jspecify.annotations.NullMarked;
