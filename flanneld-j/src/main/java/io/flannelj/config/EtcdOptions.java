package io.flannelj.config;

import java.util.List;

/**
 * How etcd is reached.
 *
 * @param endpoints URLs of the cluster's members, such as {@code https://192.0.2.1:2379}
 * @param prefix under which keys {@code config} and {@code subnets/} lie, with a leading slash
 * @param keyFile PEM key of our client certificate, empty: none
 * @param certFile PEM client certificate, empty: none
 * @param caFile PEM certificates of the authorities that servers are trusted by, empty: the
 *     system's
 * @param username of etcd's own users, empty: none
 * @param password its password
 * @param leaseSeconds how long a lease lives without renewal
 */
public record EtcdOptions(
    List<String> endpoints,
    String prefix,
    String keyFile,
    String certFile,
    String caFile,
    String username,
    Secret password,
    int leaseSeconds) {
  private static final int DAY = 24 * 60 * 60;

  /** flannel's defaults. */
  public static final EtcdOptions DEFAULT =
      new EtcdOptions(
          List.of("http://127.0.0.1:4001", "http://127.0.0.1:2379"),
          "/coreos.com/network",
          "",
          "",
          "",
          "",
          new Secret(""),
          DAY);
}
