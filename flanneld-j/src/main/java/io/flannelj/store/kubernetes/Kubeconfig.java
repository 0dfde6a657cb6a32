package io.flannelj.store.kubernetes;

import io.flannelj.config.ConfigException;
import io.flannelj.store.StoreException;
import io.flannelj.store.tls.PemFiles;
import io.flannelj.store.tls.TlsContexts;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** A kubeconfig: the cluster and the user of its current context. */
final class Kubeconfig {
  private final Path file;
  private final Map<?, ?> root;

  private Kubeconfig(Path file, Map<?, ?> root) {
    this.file = file;
    this.root = root;
  }

  /**
   * Reads it.
   *
   * @throws ConfigException naming the file and what is missing or not supported in it
   */
  static ClusterAccess read(Path file) {
    try {
      return parse(file, Files.readString(file));
    } catch (IOException e) {
      throw new ConfigException("--kubeconfig-file " + file + " cannot be read: " + e);
    }
  }

  /** The same of a text that is known. */
  static ClusterAccess parse(Path file, String text) {
    try {
      // The reader fails where a pair of surrogates lies across the end of its buffer, so that one
      // holds all.
      LoadSettings settings = LoadSettings.builder().setBufferSize(text.length() + 2).build();
      Object loaded = new Load(settings).loadFromString(text);
      if (loaded instanceof Map<?, ?> root) {
        return new Kubeconfig(file, root).access();
      }
      throw new ConfigException("--kubeconfig-file " + file + " is no kubeconfig");
    } catch (YamlEngineException | StoreException | InvalidPathException e) {
      throw new ConfigException("--kubeconfig-file " + file + ": " + e.getMessage());
    } catch (StackOverflowError e) {
      // The YAML reader bounds aliases and size, but not depth.
      throw new ConfigException("--kubeconfig-file " + file + " is nested too deep");
    }
  }

  private ClusterAccess access() {
    String current = text(root, "current-context");
    if (current.isEmpty()) {
      throw problem("has no current-context: kubectl config use-context NAME");
    }
    Map<?, ?> context = named("contexts", current, "context");
    Map<?, ?> cluster = named("clusters", text(context, "cluster"), "cluster");
    String user = text(context, "user");
    Map<?, ?> account = user.isEmpty() ? Map.of() : named("users", user, "user");
    for (String key : List.of("exec", "auth-provider", "username")) {
      if (account.containsKey(key)) {
        throw problem(
            "has the user \""
                + user
                + "\" with "
                + key
                + ", which is not supported: give it a token, tokenFile or client-certificate");
      }
    }
    return new ClusterAccess(
        server(cluster), tls(cluster, account), token(account), file.toString());
  }

  private URI server(Map<?, ?> cluster) {
    return ClusterAccesses.url("the server in --kubeconfig-file " + file, text(cluster, "server"));
  }

  private Supplier<String> token(Map<?, ?> account) {
    String path = text(account, "tokenFile");
    String token = text(account, "token");
    return path.isEmpty() ? () -> token : () -> ClusterAccesses.read(file.resolveSibling(path));
  }

  private Supplier<SSLContext> tls(Map<?, ?> cluster, Map<?, ?> account) {
    String authority = text(cluster, "certificate-authority-data");
    String certificate = text(account, "client-certificate-data");
    String key = text(account, "client-key-data");
    boolean careless = "true".equals(text(cluster, "insecure-skip-tls-verify"));
    if (authority.isEmpty() && certificate.isEmpty() && key.isEmpty() && !careless) {
      return new PemFiles(
          path(cluster, "certificate-authority"),
          path(account, "client-certificate"),
          path(account, "client-key"));
    }
    Optional<TlsContexts.Source> trusted =
        source(cluster, "certificate-authority", "certificate-authority-data");
    Optional<TlsContexts.Source> ours =
        source(account, "client-certificate", "client-certificate-data");
    Optional<TlsContexts.Identity> identity =
        ours.map(
            certificates ->
                new TlsContexts.Identity(
                    certificates,
                    source(account, "client-key", "client-key-data")
                        .orElseThrow(() -> problem("has a client certificate without its key"))));
    SSLContext context =
        careless ? TlsContexts.trustingAnybody(identity) : TlsContexts.trusting(trusted, identity);
    return () -> context;
  }

  /** Data wins over a file, as with kubectl. */
  private Optional<TlsContexts.Source> source(Map<?, ?> from, String pathKey, String dataKey) {
    String data = text(from, dataKey);
    if (!data.isEmpty()) {
      try {
        byte[] pem = Base64.getMimeDecoder().decode(data);
        return Optional.of(
            new TlsContexts.Source(
                new String(pem, StandardCharsets.US_ASCII), file + " (" + dataKey + ")"));
      } catch (IllegalArgumentException e) {
        throw problem("has a " + dataKey + " that is no base64");
      }
    }
    String path = path(from, pathKey);
    return path.isEmpty()
        ? Optional.empty()
        : Optional.of(new TlsContexts.Source(ClusterAccesses.read(Path.of(path)), path));
  }

  private String path(Map<?, ?> from, String key) {
    String path = text(from, key);
    return path.isEmpty() ? "" : file.toAbsolutePath().resolveSibling(path).toString();
  }

  private Map<?, ?> named(String list, String name, String key) {
    if (root.get(list) instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> map
            && text(map, "name").equals(name)
            && map.get(key) instanceof Map<?, ?> found) {
          return found;
        }
      }
    }
    throw problem("has no \"" + name + "\" among its " + list);
  }

  private static String text(Map<?, ?> from, String key) {
    Object value = from.get(key);
    return value == null ? "" : value.toString();
  }

  private ConfigException problem(String what) {
    return new ConfigException("--kubeconfig-file " + file + " " + what);
  }
}
