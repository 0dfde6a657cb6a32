package io.flannelj.testkit.servers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request of HTTP/1.1 as {@link ApiProxy} saw it.
 *
 * @param path with query
 * @param headers by name in lower case
 * @param nanos when it was read
 */
public record ApiRequest(
    String method, String path, Map<String, String> headers, String body, long nanos) {
  /** A watch of nodes. */
  public boolean isWatch() {
    return isNodes() && path.contains("watch=");
  }

  /** A list of nodes. */
  public boolean isList() {
    return isNodes() && !path.contains("watch=");
  }

  private boolean isNodes() {
    return method.equals("GET") && path.startsWith("/api/v1/nodes?");
  }

  /** A parameter of the query, empty if it is not there. */
  public String query(String name) {
    for (String pair : path.substring(path.indexOf('?') + 1).split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    return "";
  }

  /** A header, empty if it is not there. */
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  static Optional<ApiRequest> read(InputStream from) throws IOException {
    String[] lines = new String(head(from), StandardCharsets.US_ASCII).split("\r\n", -1);
    String[] first = lines[0].split(" ", -1);
    if (first.length < 3) {
      return Optional.empty();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        headers.put(
            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
            lines[i].substring(colon + 1).strip());
      }
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    String body = new String(from.readNBytes(length), StandardCharsets.UTF_8);
    return Optional.of(new ApiRequest(first[0], first[1], headers, body, System.nanoTime()));
  }

  /** All up to and with the empty line; less if the stream ends. */
  static byte[] head(InputStream from) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ends = 0;
    int next = from.read();
    while (next >= 0) {
      head.write(next);
      ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
      next = ends == 2 ? -1 : from.read();
    }
    return head.toByteArray();
  }

  /** As it goes on, for one answer on a connection. */
  byte[] forwarded(String newPath) {
    StringBuilder head = new StringBuilder(method + " " + newPath + " HTTP/1.1\r\n");
    headers.forEach(
        (name, value) -> {
          if (!name.equals("connection") && !name.equals("upgrade") && !name.startsWith("http2")) {
            head.append(name).append(": ").append(value).append("\r\n");
          }
        });
    head.append("connection: close\r\n\r\n");
    return (head + body).getBytes(StandardCharsets.UTF_8);
  }
}
