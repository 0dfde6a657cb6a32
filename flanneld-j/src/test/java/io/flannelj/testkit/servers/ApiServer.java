package io.flannelj.testkit.servers;

import io.flannelj.store.tls.TlsContexts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Kubernetes' API server on 127.0.0.1 with an etcd of its own, and two users: an administrator, and
 * flannel with the rights of flannel's ClusterRole and no more. No controller runs. It keeps its
 * port, certificates, users and objects over {@link #stop}, {@link #kill} and {@link #start}.
 */
public final class ApiServer implements AutoCloseable {
  /** Name of flannel's user: that of its service account. */
  public static final String FLANNEL_USER = "system:serviceaccount:kube-flannel:flannel";

  private static final String ADMIN_TOKEN = "test-administrator-token";
  private static final String FLANNEL_TOKEN = "test-flannel-token";

  private final Path directory;
  private final EtcdServer etcd;
  private final Certificates certificates;
  private final List<String> flags;
  private final int port = Loopback.freePort(Loopback.IPV4);
  private final ApiClient admin;
  private @Nullable ServerProcess process;

  private ApiServer(Path directory, List<String> flags) {
    try {
      this.directory = Files.createDirectories(directory);
      certificates = Certificates.make(directory.resolve("certificates"));
      ServiceAccountKeys.write(directory);
      Files.writeString(
          directory.resolve("tokens.csv"),
          ADMIN_TOKEN
              + ",admin,admin,\"system:masters\"\n"
              + FLANNEL_TOKEN
              + ","
              + FLANNEL_USER
              + ",flannel,\"system:serviceaccounts,system:serviceaccounts:kube-flannel\"\n");
    } catch (IOException e) {
      throw new UncheckedIOException("prepare " + directory, e);
    }
    this.flags = flags;
    admin = client(ADMIN_TOKEN);
    etcd = EtcdServer.plain(directory.resolve("etcd"));
    try {
      start();
      FlannelRights.grant(admin);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Starts both servers and grants flannel its rights; takes 4 to 10 s.
   *
   * @param flags for kube-apiserver, after those it gets anyway
   */
  public static ApiServer start(Path directory, String... flags) {
    return new ApiServer(directory, List.of(flags));
  }

  /** {@code https://127.0.0.1:PORT}. */
  public URI endpoint() {
    return URI.create("https://" + Loopback.authority(Loopback.IPV4, port));
  }

  /** The certificate authority of its certificate, PEM. */
  public Path authority() {
    return certificates.authority();
  }

  /** Its certificate and key, and trust in its authority: for one who stands before it. */
  SSLContext tls() {
    try {
      return TlsContexts.trusting(
          Optional.of(source(authority())),
          Optional.of(
              new TlsContexts.Identity(
                  source(certificates.server().certificate()),
                  source(certificates.server().key()))));
    } catch (IOException e) {
      throw new UncheckedIOException("read certificates in " + directory, e);
    }
  }

  private static TlsContexts.Source source(Path file) throws IOException {
    return new TlsContexts.Source(Files.readString(file), file.toString());
  }

  /** Bearer token of a member of system:masters. */
  public String adminToken() {
    return ADMIN_TOKEN;
  }

  /** Bearer token of flannel's service account. */
  public String flannelToken() {
    return FLANNEL_TOKEN;
  }

  /** Requests as administrator. */
  public ApiClient admin() {
    return admin;
  }

  /** Requests as flannel. */
  public ApiClient flannel() {
    return client(FLANNEL_TOKEN);
  }

  /** Lets flannel write Events too, as our own manifest does. */
  public void allowEvents() {
    FlannelRights.grantEvents(admin);
  }

  private ApiClient client(String token) {
    return new ApiClient(endpoint(), certificates.authority(), token);
  }

  /** Its etcd: stop this server before that one. */
  public EtcdServer etcd() {
    return etcd;
  }

  /** Writes a kubeconfig for a bearer token and returns its file. */
  public Path kubeconfig(String token) {
    Path file = directory.resolve("kubeconfig-" + token);
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: test
          cluster:
            server: %s
            certificate-authority: %s
        users:
        - name: test
          user:
            token: %s
        contexts:
        - name: test
          context:
            cluster: test
            user: test
        current-context: test
        """
            .formatted(endpoint(), authority().toAbsolutePath(), token);
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("write " + file, e);
    }
  }

  /** Starts it again; returns when it is ready. */
  public void start() {
    if (process != null) {
      throw new IllegalStateException("the API server at " + endpoint() + " runs already");
    }
    process = ServerProcess.start(directory, command(), admin::ready);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(ServerPrograms.find("kube-apiserver").toString());
    command.add("--etcd-servers=" + etcd.endpoint());
    command.add("--bind-address=" + Loopback.IPV4);
    command.add("--secure-port=" + port);
    command.add("--cert-dir=" + directory);
    command.add("--tls-cert-file=" + certificates.server().certificate());
    command.add("--tls-private-key-file=" + certificates.server().key());
    command.add("--service-account-issuer=https://kubernetes.default.svc");
    command.add("--service-account-key-file=" + ServiceAccountKeys.publicKey(directory));
    command.add("--service-account-signing-key-file=" + ServiceAccountKeys.privateKey(directory));
    command.add("--service-cluster-ip-range=10.96.0.0/16");
    command.add("--token-auth-file=" + directory.resolve("tokens.csv"));
    command.add("--authorization-mode=RBAC");
    // No controller manager makes the accounts and tokens that it asks for.
    command.add("--disable-admission-plugins=ServiceAccount,TaintNodesByCondition");
    // No endpoint of the service "kubernetes": it is not reached at a loopback address.
    command.add("--endpoint-reconciler-type=none");
    command.addAll(flags);
    return command;
  }

  /** Ends it in good order; its etcd runs on. Nothing happens if it does not run. */
  public void stop() {
    if (process != null) {
      process.close();
      process = null;
    }
  }

  /** Ends it as a loss of power would; its etcd runs on. */
  public void kill() {
    running().kill();
    process = null;
  }

  /** Stops it where it is: connections stay, nothing is answered. {@link #thaw} lets it go on. */
  public void freeze() {
    running().freeze();
  }

  /** Lets it go on after {@link #freeze}. */
  public void thaw() {
    running().thaw();
  }

  private ServerProcess running() {
    if (process == null) {
      throw new IllegalStateException("the API server at " + endpoint() + " does not run");
    }
    return process;
  }

  /** Its process number while it runs. */
  public long pid() {
    return running().pid();
  }

  @Override
  public void close() {
    // In this order: without etcd an API server ignores SIGTERM for very long.
    stop();
    etcd.close();
  }

  /**
   * Creates a Node with one address, InternalIP.
   *
   * @param podCidrs none, one, or one of each family
   * @param annotations none makes an object without that key
   */
  public void createNode(
      String name, String internalAddress, List<String> podCidrs, Map<String, String> annotations) {
    String metadata = annotations.isEmpty() ? "" : ",\"annotations\":" + object(annotations);
    String spec =
        podCidrs.isEmpty()
            ? "{}"
            : "{\"podCIDR\":"
                + quoted(podCidrs.get(0))
                + ",\"podCIDRs\":"
                + podCidrs.stream()
                    .map(ApiServer::quoted)
                    .collect(Collectors.joining(",", "[", "]"))
                + "}";
    admin
        .post(
            "/api/v1/nodes",
            """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":%s%s},"spec":%s,
             "status":{"addresses":[{"type":"InternalIP","address":%s}]}}"""
                .formatted(quoted(name), metadata, spec, quoted(internalAddress)))
        .orThrow();
  }

  /** The Node as JSON. */
  public String node(String name) {
    return admin.get("/api/v1/nodes/" + name).orThrow();
  }

  /** Changes a Node by a merge patch (RFC 7386), as administrator. */
  public void patchNode(String name, String mergePatch) {
    admin.patch("/api/v1/nodes/" + name, mergePatch).orThrow();
  }

  /** Removes a Node. */
  public void deleteNode(String name) {
    admin.delete("/api/v1/nodes/" + name).orThrow();
  }

  private static String object(Map<String, String> strings) {
    return strings.entrySet().stream()
        .map(entry -> quoted(entry.getKey()) + ":" + quoted(entry.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
