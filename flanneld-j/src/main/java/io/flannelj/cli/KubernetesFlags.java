package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.KubernetesOptions;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Flags of the store {@code kubernetes}, all of them flannel's. */
final class KubernetesFlags {
  // flannel's rule: a lower-case domain name, at most one slash, then what annotations are named.
  private static final Pattern PREFIX =
      Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[a-z0-9_-]*)?");

  @Option(
      names = "--kube-subnet-mgr",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      description = "the same as --store kubernetes")
  private boolean chosen;

  @Option(
      names = "--kube-api-url",
      defaultValue = "",
      description = "URL of the API server, instead of the kubeconfig's or the pod's")
  private String apiUrl;

  @Option(
      names = "--kubeconfig-file",
      defaultValue = "",
      description = "kubeconfig; without it the pod's service account is used")
  private String kubeconfigFile;

  @Option(
      names = "--kube-annotation-prefix",
      defaultValue = "flannel.alpha.coreos.com",
      description = "prefix of the nodes' annotations (${DEFAULT-VALUE})")
  private String annotationPrefix;

  @Option(
      names = "--set-node-network-unavailable",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "true",
      description =
          "keep the node's condition NetworkUnavailable true to its state" + " (${DEFAULT-VALUE})")
  private boolean setNetworkUnavailable;

  /** Whether {@code --kube-subnet-mgr} was given. */
  boolean chosen() {
    return chosen;
  }

  KubernetesOptions toOptions(Map<String, String> environment) {
    if (!PREFIX.matcher(annotationPrefix).matches()) {
      throw new ConfigException(
          "--kube-annotation-prefix "
              + annotationPrefix
              + " is no lower-case domain name, optionally with a slash and a-z, 0-9, _ or -");
    }
    return new KubernetesOptions(
        apiUrl,
        kubeconfigFile,
        annotationPrefix,
        setNetworkUnavailable,
        environment.getOrDefault("POD_NAME", ""),
        environment.getOrDefault("POD_NAMESPACE", ""));
  }
}
