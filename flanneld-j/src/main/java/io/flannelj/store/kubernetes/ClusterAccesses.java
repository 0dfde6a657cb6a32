package io.flannelj.store.kubernetes;

import io.flannelj.config.ConfigException;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.store.StoreException;
import io.flannelj.store.tls.PemFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds the API server: by a kubeconfig, else as a pod of its cluster does. */
final class ClusterAccesses {
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private ClusterAccesses() {}

  /**
   * As the flags say.
   *
   * @throws ConfigException if a file does not serve, or there is neither a kubeconfig nor a
   *     cluster
   */
  static ClusterAccess find(KubernetesOptions options, Map<String, String> environment) {
    ClusterAccess found =
        options.kubeconfigFile().isEmpty()
            ? inCluster(options, environment, ACCOUNT)
            : Kubeconfig.read(Path.of(options.kubeconfigFile()));
    return options.apiUrl().isEmpty()
        ? found
        : new ClusterAccess(
            url("--kube-api-url", options.apiUrl()), found.tls(), found.token(), found.origin());
  }

  /**
   * An API server's URL.
   *
   * @param what where it was found
   */
  static URI url(String what, String text) {
    try {
      URI url = URI.create(text);
      String scheme = String.valueOf(url.getScheme());
      if (url.getHost() != null && (scheme.equals("https") || scheme.equals("http"))) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(what + ", \"" + text + "\": " + e.getMessage());
    }
    throw new ConfigException(
        what + ", \"" + text + "\", is no URL such as https://192.0.2.1:6443");
  }

  /** The service account that every pod has. */
  static ClusterAccess inCluster(
      KubernetesOptions options, Map<String, String> environment, Path account) {
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    if (host.isEmpty() && options.apiUrl().isEmpty()) {
      throw new ConfigException(
          "no API server: this is no pod (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig"
              + " with --kubeconfig-file");
    }
    Path token = account.resolve("token");
    Path authority = account.resolve("ca.crt");
    boolean isPod = Files.exists(token);
    URI server =
        host.isEmpty()
            ? url("--kube-api-url", options.apiUrl())
            : URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    return new ClusterAccess(
        server,
        new PemFiles(Files.exists(authority) ? authority.toString() : "", "", ""),
        () -> isPod ? read(token) : "",
        "the service account in " + account);
  }

  /** A token's file is replaced by the kubelet before it runs out. */
  static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new StoreException(file + " cannot be read: " + e, e);
    }
  }
}
