package io.flannelj.testkit.servers;

/** The ClusterRole of flannel's manifest, bound to its service account. */
final class FlannelRights {
  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/";
  private static final String ROLE =
      """
      {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"flannel"},"rules":[
       {"apiGroups":[""],"resources":["pods"],"verbs":["get"]},
       {"apiGroups":[""],"resources":["nodes"],"verbs":["get","list","watch"]},
       {"apiGroups":[""],"resources":["nodes/status"],"verbs":["patch"]}]}""";
  private static final String BINDING =
      """
      {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"flannel"},
       "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"flannel"},
       "subjects":[{"kind":"ServiceAccount","name":"flannel","namespace":"kube-flannel"}]}""";
  private static final long CEILING_NANOS = 20_000_000_000L;

  private FlannelRights() {}

  /** Grants them and waits until the server heeds them: its authorizer reads them by a watch. */
  static void grant(ApiClient admin) {
    grant(admin, ROLE, BINDING, "list", "nodes");
  }

  /** Grants what our own manifest adds to flannel's: Events. */
  static void grantEvents(ApiClient admin) {
    String rules =
        """
        [{"apiGroups":[""],"resources":["events"],"verbs":["create","patch"]}]""";
    String role = ROLE.replaceFirst("(?s)\\[.*]", rules).replace("\"flannel\"", "\"events\"");
    String binding =
        BINDING
            .replace("\"metadata\":{\"name\":\"flannel\"}", "\"metadata\":{\"name\":\"events\"}")
            .replace("\"ClusterRole\",\"name\":\"flannel\"", "\"ClusterRole\",\"name\":\"events\"");
    grant(admin, role, binding, "create", "events");
  }

  private static void grant(
      ApiClient admin, String role, String binding, String verb, String resource) {
    admin.post(RBAC + "clusterroles", role).orThrow();
    admin.post(RBAC + "clusterrolebindings", binding).orThrow();
    String question =
        """
        {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"%s",
         "resourceAttributes":{"namespace":"default","verb":"%s","resource":"%s"}}}"""
            .formatted(ApiServer.FLANNEL_USER, verb, resource);
    long end = System.nanoTime() + CEILING_NANOS;
    String answer;
    do {
      answer =
          admin
              .post("/apis/authorization.k8s.io/v1/subjectaccessreviews", question)
              .orThrow()
              .replace(" ", "");
    } while (!answer.contains("\"allowed\":true") && System.nanoTime() < end);
    if (!answer.contains("\"allowed\":true")) {
      throw new IllegalStateException("the API server does not heed flannel's rights: " + answer);
    }
  }
}
