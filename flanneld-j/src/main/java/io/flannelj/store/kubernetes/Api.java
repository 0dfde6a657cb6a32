package io.flannelj.store.kubernetes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** Requests to the API server: the few that a node makes. */
final class Api {
  static final JsonFactory JSON =
      JsonFactory.builder()
          // Names of annotations and labels are without end; kept for ever they would be a leak.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final String STRATEGIC_MERGE = "application/strategic-merge-patch+json";

  private final ClusterAccess access;
  private final Patience patience;
  private final ScheduledThreadPoolExecutor timer;
  private Optional<HttpClient> client = Optional.empty();
  private Optional<SSLContext> clientTls = Optional.empty();

  Api(ClusterAccess access) {
    this(access, Patience.USUAL);
  }

  Api(ClusterAccess access, Patience patience) {
    this.access = access;
    this.patience = patience;
    this.timer = new ScheduledThreadPoolExecutor(1, Api::timerThread);
    timer.setRemoveOnCancelPolicy(true);
    // Without requests there is no thread, and so nothing to be closed.
    timer.setKeepAliveTime(1, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  private static Thread timerThread(Runnable work) {
    Thread thread = new Thread(work, "api-silence");
    thread.setDaemon(true);
    return thread;
  }

  /** The server's URL. */
  URI server() {
    return access.server();
  }

  /** What is done with an answer. */
  @FunctionalInterface
  interface Reading<T> {
    T read(JsonParser json) throws IOException;
  }

  /**
   * Reads an object.
   *
   * @throws ApiException if there is no answer or it is a refusal
   */
  <T> T get(String path, Reading<T> reading) throws IOException, InterruptedException {
    return use(send("GET", request(path).GET(), patience.answer()), reading);
  }

  /** Changes an object by a strategic merge patch, and reads what it is then. */
  <T> T patch(String path, String body, Reading<T> reading)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", STRATEGIC_MERGE)
            .method("PATCH", HttpRequest.BodyPublishers.ofString(body));
    return use(send("PATCH", request, patience.answer()), reading);
  }

  /** Opens a watch; the stream is the caller's to close. */
  InputStream watch(String path) throws IOException, InterruptedException {
    return send("GET", request(path).GET(), patience.watch());
  }

  private static <T> T use(InputStream body, Reading<T> reading) throws IOException {
    try (InputStream stream = body;
        JsonParser json = JSON.createParser(stream)) {
      T result = reading.read(json);
      // To its end, so that the connection can be used again.
      while (json.nextToken() != null) {
        json.skipChildren();
      }
      return result;
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(access.server().resolve(path))
        .header("Accept", "application/json")
        .header("User-Agent", "flanneld-j");
  }

  private InputStream send(String verb, HttpRequest.Builder request, Duration silence)
      throws IOException, InterruptedException {
    String token = access.token().get();
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpRequest made = request.timeout(patience.answer()).build();
    HttpResponse<InputStream> answer;
    try {
      answer = client().send(made, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ApiException e) {
      throw e;
    } catch (IOException e) {
      throw new ApiException(0, 0, "the API server " + server() + " is not reached: " + reason(e));
    }
    if (answer.statusCode() / 100 == 2) {
      return new ImpatientStream(answer.body(), silence, timer);
    }
    throw refusal(verb + " " + made.uri().getPath(), answer);
  }

  private static String reason(IOException e) {
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private ApiException refusal(String what, HttpResponse<InputStream> answer) {
    int status = answer.statusCode();
    String message = "";
    try (InputStream body = new ImpatientStream(answer.body(), patience.answer(), timer);
        JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        message = NodeReader.failure(json).message();
      }
    } catch (IOException e) {
      message = "an answer that is no JSON";
    }
    String remedy =
        switch (status) {
          case UNAUTHORIZED ->
              "; it does not take our token or certificate: see " + access.origin();
          case FORBIDDEN ->
              "; grant it with flannel's ClusterRole: get, list and watch nodes, patch nodes/status,"
                  + " get pods";
          default -> "";
        };
    long retry = answer.headers().firstValue("Retry-After").map(Api::seconds).orElse(0L) * 1000;
    return new ApiException(
        status, retry, "the API server refuses " + what + ": " + status + " " + message + remedy);
  }

  private static long seconds(String text) {
    try {
      return Math.max(0, Math.min(60, Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** One for as long as the certificates stay the same. */
  private synchronized HttpClient client() {
    SSLContext tls = access.tls().get();
    if (client.isEmpty() || clientTls.filter(tls::equals).isEmpty()) {
      client =
          Optional.of(
              HttpClient.newBuilder()
                  // Of its own for the watch, so that a lost packet delays one of them only.
                  .version(HttpClient.Version.HTTP_1_1)
                  .connectTimeout(CONNECT)
                  .sslContext(tls)
                  .build());
      clientTls = Optional.of(tls);
    }
    return client.get();
  }
}
