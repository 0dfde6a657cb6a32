package io.flannelj.store.etcd;

import java.net.URI;

/**
 * A member of the etcd cluster.
 *
 * @param url as it was given, for texts
 * @param tls whether by https
 * @param host name or address, an IPv6 address without brackets
 * @param port TCP port
 */
record Endpoint(String url, boolean tls, String host, int port) {
  private static final int STANDARD_PORT = 2379;

  static Endpoint of(String url) {
    URI uri = URI.create(url);
    String host = uri.getHost();
    boolean brackets = host.startsWith("[");
    return new Endpoint(
        url,
        "https".equals(uri.getScheme()),
        brackets ? host.substring(1, host.length() - 1) : host,
        uri.getPort() < 0 ? STANDARD_PORT : uri.getPort());
  }

  /** What an HTTP request names it by. */
  String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
