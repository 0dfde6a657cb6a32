/**
 * The CNI socket: docs/cni-socket.md spoken from the server's side, in the daemon and in the
 * stand-alone process. Calls arrive here with their descriptors, are handed to a {@link
 * io.flannelj.cni.server.CallHandler} and leave no descriptor behind.
 *
 * <p>Blocking sockets and a thread for each connection instead of an event loop: of a pod's start
 * in 3.6 ms, the two calls spent some 0.2 ms on being passed from the loop to a worker and back,
 * and on an event for each descriptor.
 */
@NullMarked
package io.flannelj.cni.server;

import org.jspecify.annotations.NullMarked;
