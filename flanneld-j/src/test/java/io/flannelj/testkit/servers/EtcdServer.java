package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One etcd on the loopback interface. It keeps its ports and its data directory over {@link #stop},
 * {@link #kill} and {@link #start}.
 */
public final class EtcdServer implements AutoCloseable {
  private static final Pattern REVISION = Pattern.compile("\"revision\":(\\d+)");
  private static final Pattern LEADER =
      Pattern.compile("(?s)\"MemberID\" : (\\d+).*\"Leader\" : (\\d+)");
  private static final String ROOT = "root";

  private final Path directory;
  private final Security security;
  private final String host;
  private final int port;
  private final int peerPort;
  private final String name;
  private final List<String> extraFlags;
  // Of all members, as --initial-cluster has it.
  private String cluster;
  private Optional<String> rootPassword = Optional.empty();
  private @Nullable ServerProcess process;

  /** How its clients reach it. */
  private sealed interface Security {
    record Plain() implements Security {}

    record Tls(Certificates certificates, boolean verifiesClients) implements Security {}
  }

  private EtcdServer(
      Path directory, Security security, String host, String name, List<String> extraFlags) {
    try {
      this.directory = Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("make " + directory, e);
    }
    this.security = security;
    this.host = host;
    this.name = name;
    this.extraFlags = extraFlags;
    port = Loopback.freePort(host);
    peerPort = Loopback.freePort(host);
    cluster = name + "=" + peerUrl();
  }

  private static EtcdServer alone(
      Path directory, Security security, String host, List<String> extraFlags) {
    EtcdServer server = new EtcdServer(directory, security, host, "test", extraFlags);
    server.start();
    return server;
  }

  /** The members of one cluster on 127.0.0.1, without TLS. */
  public static List<EtcdServer> cluster(Path directory, int count) {
    List<EtcdServer> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "member" + i;
      members.add(
          new EtcdServer(
              directory.resolve(name), new Security.Plain(), Loopback.IPV4, name, List.of()));
    }
    String all = members.stream().map(member -> member.cluster).collect(Collectors.joining(","));
    members.forEach(member -> member.cluster = all);
    // None is healthy before most of them run.
    try {
      CompletableFuture.allOf(
              members.stream()
                  .map(member -> CompletableFuture.runAsync(member::start))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    } catch (CompletionException e) {
      members.forEach(EtcdServer::close);
      throw e;
    }
    return members;
  }

  /** On 127.0.0.1, without TLS. */
  public static EtcdServer plain(Path directory) {
    return alone(directory, new Security.Plain(), Loopback.IPV4, List.of());
  }

  /** The same, where a user's token lives for that many seconds only. */
  public static EtcdServer withTokens(Path directory, int seconds) {
    return alone(
        directory,
        new Security.Plain(),
        Loopback.IPV4,
        List.of("--auth-token-ttl=" + seconds, "--log-level=debug"));
  }

  /** On ::1, without TLS. */
  public static EtcdServer ipv6(Path directory) {
    return alone(directory, new Security.Plain(), Loopback.IPV6, List.of());
  }

  /** On 127.0.0.1 with TLS; clients need no certificate. */
  public static EtcdServer tls(Path directory, Certificates certificates) {
    return alone(directory, new Security.Tls(certificates, false), Loopback.IPV4, List.of());
  }

  /** On 127.0.0.1 with TLS; only clients with a certificate of the authority are served. */
  public static EtcdServer mutualTls(Path directory, Certificates certificates) {
    return alone(directory, new Security.Tls(certificates, true), Loopback.IPV4, List.of());
  }

  /** Where clients reach it, {@code http://127.0.0.1:PORT} or the like. */
  public URI endpoint() {
    return URI.create(scheme() + "://" + Loopback.authority(host, port));
  }

  private String scheme() {
    return security instanceof Security.Tls ? "https" : "http";
  }

  /** Starts it again; returns when it answers. */
  public void start() {
    if (process != null) {
      throw new IllegalStateException("etcd at " + endpoint() + " runs already");
    }
    process =
        ServerProcess.start(
            directory, command(), () -> etcdctlResult("endpoint", "health").status() == 0);
  }

  private String peerUrl() {
    return "http://" + Loopback.authority(host, peerPort);
  }

  private List<String> command() {
    String peer = peerUrl();
    List<String> command = new ArrayList<>();
    command.add(ServerPrograms.find("etcd").toString());
    command.add("--name=" + name);
    command.add("--data-dir=" + directory.resolve("data"));
    command.add("--listen-client-urls=" + endpoint());
    command.add("--advertise-client-urls=" + endpoint());
    command.add("--listen-peer-urls=" + peer);
    command.add("--initial-advertise-peer-urls=" + peer);
    command.add("--initial-cluster=" + cluster);
    command.add("--logger=zap");
    command.addAll(extraFlags);
    if (security instanceof Security.Tls tls) {
      command.add("--cert-file=" + tls.certificates().server().certificate());
      command.add("--key-file=" + tls.certificates().server().key());
      if (tls.verifiesClients()) {
        command.add("--client-cert-auth");
        command.add("--trusted-ca-file=" + tls.certificates().authority());
      }
    }
    return command;
  }

  /** Ends it in good order. Nothing happens if it does not run. */
  public void stop() {
    if (process != null) {
      process.close();
      process = null;
    }
  }

  /** Ends it as a loss of power would. */
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
      throw new IllegalStateException("etcd at " + endpoint() + " does not run");
    }
    return process;
  }

  /** What it has written since its first start. */
  public String logged() {
    try {
      return Files.readString(directory.resolve("etcd.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it leads its cluster. */
  public boolean isLeader() {
    String status = etcdctl("endpoint", "status", "-w", "fields");
    Matcher matcher = LEADER.matcher(status);
    return matcher.find() && matcher.group(1).equals(matcher.group(2));
  }

  /** Its process number while it runs. */
  public long pid() {
    return running().pid();
  }

  @Override
  public void close() {
    stop();
  }

  /** Writes a key. */
  public void put(String key, String value) {
    etcdctl("put", "--", key, value);
  }

  /** The value of a key. */
  public Optional<String> get(String key) {
    String text = etcdctl("get", "--print-value-only", "--", key);
    return text.isEmpty() ? Optional.empty() : Optional.of(text.substring(0, text.length() - 1));
  }

  /** The keys that begin with a text, in order. */
  public List<String> keys(String prefix) {
    return etcdctl("get", "--prefix", "--keys-only", "--", prefix)
        .lines()
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** Removes a key. */
  public void delete(String key) {
    etcdctl("del", "--", key);
  }

  /** The revision of its store now. */
  public long revision() {
    Matcher matcher = REVISION.matcher(etcdctl("get", "-w", "json", "--", "no such key"));
    if (!matcher.find()) {
      throw new IllegalStateException("etcdctl tells no revision");
    }
    return Long.parseLong(matcher.group(1));
  }

  /** Forgets every revision before the one of now, so that a watch from an older one fails. */
  public void compact() {
    etcdctl("compact", Long.toString(revision()));
  }

  /**
   * Serves only clients with a password from now on: root with that password, and a user who may
   * read and write what begins with a text.
   */
  public void requirePassword(String rootsPassword, String user, String password, String prefix) {
    etcdctl("user", "add", ROOT + ":" + rootsPassword);
    etcdctl("user", "grant-role", ROOT, ROOT);
    etcdctl("role", "add", user);
    etcdctl("role", "grant-permission", "--prefix=true", user, "readwrite", prefix);
    etcdctl("user", "add", user + ":" + password);
    etcdctl("user", "grant-role", user, user);
    etcdctl("auth", "enable");
    rootPassword = Optional.of(rootsPassword);
  }

  /**
   * Runs etcdctl on this server, as root where there are passwords.
   *
   * @return both of its outputs
   * @throws IllegalStateException with its text if it fails
   */
  public String etcdctl(String... arguments) {
    return etcdctlResult(arguments).orThrow();
  }

  private CommandResult etcdctlResult(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(ServerPrograms.find("etcdctl").toString());
    command.add("--endpoints=" + endpoint());
    if (security instanceof Security.Tls tls) {
      command.add("--cacert=" + tls.certificates().authority());
      command.add("--cert=" + tls.certificates().client().certificate());
      command.add("--key=" + tls.certificates().client().key());
    }
    rootPassword.ifPresent(password -> command.add("--user=" + ROOT + ":" + password));
    command.addAll(Arrays.asList(arguments));
    return CommandResult.of(command, Map.of("ETCDCTL_API", "3"));
  }
}
