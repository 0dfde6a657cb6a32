package io.flannelj.config;

/**
 * How the API server of Kubernetes is reached, and who we are there.
 *
 * @param apiUrl instead of that of the kubeconfig or of the cluster's environment, empty: theirs
 * @param kubeconfigFile empty: the pod's service account
 * @param annotationPrefix of the annotations on nodes, such as {@code flannel.alpha.coreos.com}
 * @param setNetworkUnavailable whether the node's condition NetworkUnavailable is kept true to its
 *     state
 * @param podName POD_NAME, by which the node's name is asked for, empty: not given
 * @param podNamespace POD_NAMESPACE
 */
public record KubernetesOptions(
    String apiUrl,
    String kubeconfigFile,
    String annotationPrefix,
    boolean setNetworkUnavailable,
    String podName,
    String podNamespace) {
  /** flannel's defaults. */
  public static final KubernetesOptions DEFAULT =
      new KubernetesOptions("", "", "flannel.alpha.coreos.com", true, "", "");
}
