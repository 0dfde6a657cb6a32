/**
 * The store Kubernetes: a node's lease is its podCIDR with flannel's annotations.
 *
 * <p>It lists and watches Nodes over plain sockets and reads them as a stream in the API server's
 * binary form, keeping a few fields of each: a Node is 10 KB and more, mostly images and status,
 * and a client that builds the whole object needs 260 MiB for 5,000 of them. Lists come compressed:
 * inflating is native code, deciphering is not where only the first compiler runs. Of a client
 * library nothing else would be used, and its classes take longer to load than a node takes to
 * start; the JDK's HTTP client hands every part of an answer through three threads, and cannot keep
 * a connection alive or tell that it is dead.
 */
@NullMarked
package io.flannelj.store.kubernetes;

import org.jspecify.annotations.NullMarked;
