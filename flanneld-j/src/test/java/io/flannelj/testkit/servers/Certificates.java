package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate authority with a certificate for a server on the loopback interface and one for a
 * client, as PEM files; keys are PKCS #8.
 */
public final class Certificates {
  private static final String NO_AUTHORITY = "basicConstraints=critical,CA:FALSE";

  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** A certificate and its key. */
  public record Pair(Path certificate, Path key) {}

  /**
   * Makes them in a directory, by openssl.
   *
   * @throws IllegalStateException with openssl's text if it fails
   */
  public static Certificates make(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("make " + directory, e);
    }
    Certificates made = new Certificates(directory);
    made.request(
        "ca", "flannel-j test authority", List.of("basicConstraints=critical,CA:TRUE"), List.of());
    made.request(
        "server",
        "server",
        List.of(NO_AUTHORITY, "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"),
        made.signedByAuthority());
    made.request(
        "client",
        "client",
        List.of(NO_AUTHORITY, "extendedKeyUsage=clientAuth"),
        made.signedByAuthority());
    return made;
  }

  /** Whom a client trusts, and a server for the certificates of its clients. */
  public Path authority() {
    return directory.resolve("ca.crt");
  }

  /** For 127.0.0.1, ::1 and localhost. */
  public Pair server() {
    return pair("server");
  }

  /** For a client; its common name is {@code client}. */
  public Pair client() {
    return pair("client");
  }

  private Pair pair(String name) {
    return new Pair(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
  }

  private List<String> signedByAuthority() {
    return List.of("-CA", authority().toString(), "-CAkey", directory.resolve("ca.key").toString());
  }

  private void request(
      String name, String commonName, List<String> extensions, List<String> signer) {
    Pair pair = pair(name);
    List<String> command =
        new ArrayList<>(
            List.of(ServerPrograms.find("openssl").toString(), "req", "-x509", "-days", "2"));
    command.addAll(List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"));
    command.addAll(List.of("-subj", "/CN=" + commonName));
    extensions.forEach(extension -> command.addAll(List.of("-addext", extension)));
    command.addAll(
        List.of("-keyout", pair.key().toString(), "-out", pair.certificate().toString()));
    command.addAll(signer);
    CommandResult.of(command).orThrow();
  }
}
