/**
 * The store Kubernetes: a node's lease is its podCIDR with flannel's annotations.
 *
 * <p>It lists and watches Nodes with the JDK's HTTP client and reads them as a stream, keeping a
 * few fields of each: a Node is 10 KB and more, mostly images and status, and a client that builds
 * the whole object needs 260 MiB for 5,000 of them. Of a client library nothing else would be used,
 * and its classes take longer to load than a node takes to start.
 */
@NullMarked
package io.flannelj.store.kubernetes;

import org.jspecify.annotations.NullMarked;
