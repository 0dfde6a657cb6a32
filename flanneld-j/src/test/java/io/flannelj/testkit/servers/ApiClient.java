package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Requests to an API server with one bearer token. */
public final class ApiClient {
  private static final Duration CEILING = Duration.ofSeconds(30);

  private final HttpClient http;
  private final URI endpoint;
  private final String token;

  ApiClient(URI endpoint, Path authority, String token) {
    this.endpoint = endpoint;
    this.token = token;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CEILING)
            .sslContext(trusting(authority))
            .build();
  }

  private static SSLContext trusting(Path authority) {
    try (InputStream pem = Files.newInputStream(authority)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException("read " + authority, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("trust " + authority, e);
    }
  }

  /**
   * What the server answered.
   *
   * @param status HTTP's
   */
  public record Answer(String request, int status, String body) {
    /** The body of an answer that is no refusal. */
    public String orThrow() {
      if (status / 100 != 2) {
        throw new IllegalStateException(request + " was answered " + status + ": " + body);
      }
      return body;
    }
  }

  /** Whether the server says that it is ready. */
  boolean ready() {
    try {
      return get("/readyz").status() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Reads. */
  public Answer get(String path) {
    return send("GET", path, "application/json", "");
  }

  /** Creates, from JSON. */
  public Answer post(String path, String body) {
    return send("POST", path, "application/json", body);
  }

  /** Changes, by a merge patch (RFC 7386). */
  public Answer patch(String path, String body) {
    return send("PATCH", path, "application/merge-patch+json", body);
  }

  /** Removes. */
  public Answer delete(String path) {
    return send("DELETE", path, "application/json", "");
  }

  private Answer send(String method, String path, String type, String body) {
    String what = method + " " + endpoint + path;
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.resolve(path))
            .timeout(CEILING)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", type)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(what, answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + what, e);
    }
  }
}
