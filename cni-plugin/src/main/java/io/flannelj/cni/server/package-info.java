/**
 * The CNI socket: docs/cni-socket.md spoken from the server's side, in the daemon and in the
 * stand-alone process. Calls arrive here with their descriptors, are handed to a {@link
 * io.flannelj.cni.server.CallHandler} on a worker thread, and leave no descriptor behind.
 */
@NullMarked
package io.flannelj.cni.server;

import org.jspecify.annotations.NullMarked;
