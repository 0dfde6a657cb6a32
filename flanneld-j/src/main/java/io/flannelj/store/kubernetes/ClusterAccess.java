package io.flannelj.store.kubernetes;

import java.net.URI;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * How an API server is reached.
 *
 * @param server its URL
 * @param tls asked for each new connection, so that renewed certificates are used
 * @param token bearer token, asked for each request, for it is rotated; empty: none
 * @param origin where all this was found, for errors
 */
record ClusterAccess(URI server, Supplier<SSLContext> tls, Supplier<String> token, String origin) {}
