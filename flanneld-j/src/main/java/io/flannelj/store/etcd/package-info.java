/**
 * The store etcd, version 3, with the keys and values of flannel: {@code <prefix>/config} and
 * {@code <prefix>/subnets/}.
 *
 * <p>It speaks etcd's JSON gateway, which every etcd since 3.4 serves at {@code /v3/} on its client
 * port, over the Netty that the daemon has anyway. Not jetcd: that brings 44 jars and a second
 * Netty, and neither time limits nor an own say in which member is asked next. Not the JDK's HTTP
 * client: it cannot set SO_KEEPALIVE, without which a watch over a connection that a firewall has
 * forgotten is silent for ever, and its time limit ends where an answer's body begins. What the
 * gateway lacks is identity by a client certificate's common name, since it speaks to its own
 * server with the server's certificate: where etcd's auth is enabled, user and password are needed.
 */
@NullMarked
package io.flannelj.store.etcd;

import org.jspecify.annotations.NullMarked;
