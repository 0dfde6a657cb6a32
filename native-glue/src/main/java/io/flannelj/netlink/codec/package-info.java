/**
 * Netlink's wire format over {@link java.nio.ByteBuffer}: attributes are read by a checked cursor
 * and written by a writer that patches their lengths itself. No native code; buffers are in native
 * byte order, and what the kernel keeps in network order has methods of its own.
 */
@NullMarked
package io.flannelj.netlink.codec;

import org.jspecify.annotations.NullMarked;
