package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.EtcdOptions;
import io.flannelj.config.Secret;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** Flags of the store {@code etcd}, all but one of them flannel's. */
final class EtcdFlags {
  // etcd itself makes a lease no shorter than one and a half of its election timeout: 2 s.
  private static final int LEAST_LEASE = 4;

  @Option(
      names = "--etcd-endpoints",
      defaultValue = "http://127.0.0.1:4001,http://127.0.0.1:2379",
      description = "etcd's members, URLs with commas between (${DEFAULT-VALUE})")
  private String endpoints;

  @Option(
      names = "--etcd-prefix",
      defaultValue = "/coreos.com/network",
      description = "prefix of the keys in etcd (${DEFAULT-VALUE})")
  private String prefix;

  @Option(
      names = "--etcd-keyfile",
      defaultValue = "",
      description = "PEM key of our client certificate")
  private String keyFile;

  @Option(names = "--etcd-certfile", defaultValue = "", description = "PEM client certificate")
  private String certFile;

  @Option(
      names = "--etcd-cafile",
      defaultValue = "",
      description = "PEM certificates of the authorities that etcd is trusted by")
  private String caFile;

  @Option(names = "--etcd-username", defaultValue = "", description = "user of etcd")
  private String username;

  @Option(
      names = "--etcd-password",
      defaultValue = "",
      description = "its password; rather by FLANNELD_ETCD_PASSWORD, which ps does not show")
  private String password;

  @Option(
      names = "--etcd-lease-seconds",
      defaultValue = "86400",
      description =
          "how long etcd keeps the lease of a node that is gone, at least 4; half of it is the most"
              + " that is waited before a renewal (${DEFAULT-VALUE}, which is flannel's)")
  private int leaseSeconds;

  EtcdOptions toOptions() {
    List<String> urls =
        Arrays.stream(endpoints.split(","))
            .map(String::strip)
            .filter(url -> !url.isEmpty())
            .toList();
    if (urls.isEmpty()) {
      throw new ConfigException("--etcd-endpoints names none");
    }
    urls.forEach(EtcdFlags::check);
    if (keyFile.isEmpty() != certFile.isEmpty()) {
      throw new ConfigException(
          "--etcd-keyfile and --etcd-certfile belong together; "
              + (keyFile.isEmpty() ? "--etcd-keyfile" : "--etcd-certfile")
              + " is missing");
    }
    if (username.isEmpty() && !password.isEmpty()) {
      throw new ConfigException("--etcd-password needs --etcd-username");
    }
    if (leaseSeconds < LEAST_LEASE) {
      throw new ConfigException(
          "--etcd-lease-seconds " + leaseSeconds + " is less than " + LEAST_LEASE);
    }
    String slashed = prefix.startsWith("/") ? prefix : "/" + prefix;
    return new EtcdOptions(
        urls,
        slashed.replaceFirst("/+$", ""),
        keyFile,
        certFile,
        caFile,
        username,
        new Secret(password),
        leaseSeconds);
  }

  private static void check(String url) {
    try {
      URI parsed = URI.create(url);
      if (List.of("http", "https").contains(parsed.getScheme()) && parsed.getHost() != null) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--etcd-endpoints " + url + ": " + e.getMessage());
    }
    throw new ConfigException(
        "--etcd-endpoints " + url + " is no URL such as https://192.0.2.1:2379");
  }
}
