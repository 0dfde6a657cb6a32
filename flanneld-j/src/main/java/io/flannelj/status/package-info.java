/**
 * What the daemon says of itself: health, readiness, status pages, over HTTP on a TCP port and on a
 * unix socket.
 */
@NullMarked
package io.flannelj.status;

import org.jspecify.annotations.NullMarked;
