package io.flannelj.store.kubernetes;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * An answer by HTTP/1.1 (RFC 9112).
 *
 * @param status its code
 * @param headers by name in small letters
 * @param body as it was transferred, without chunks; at its end the next answer begins
 * @param isLast whether the connection ends with it
 */
record HttpAnswer(int status, Map<String, String> headers, HttpBody body, boolean isLast) {
  private static final int MOST_HEAD = 64 * 1024;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  /** One header, empty if it is not there. */
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /**
   * Reads the head.
   *
   * @throws EOFException if there is none at all
   * @throws IOException if it is none of HTTP/1
   */
  static HttpAnswer read(InputStream input) throws IOException {
    while (true) {
      Head head = new Head(input);
      String line = head.line();
      int status = status(line);
      Map<String, String> headers = new HashMap<>();
      for (String field = head.line(); !field.isEmpty(); field = head.line()) {
        int colon = field.indexOf(':');
        if (colon <= 0) {
          throw new IOException("its answer has a header without name");
        }
        headers.put(
            field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 1).strip());
      }
      // 100 and its like announce the answer.
      if (status / 100 != 1) {
        return answer(line, status, headers, input);
      }
    }
  }

  private static HttpAnswer answer(
      String line, int status, Map<String, String> headers, InputStream input) throws IOException {
    String length = headers.getOrDefault("content-length", "");
    HttpBody body;
    boolean endless = false;
    if (status == NO_CONTENT || status == NOT_MODIFIED) {
      body = HttpBody.ofLength(input, 0);
    } else if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      body = HttpBody.chunked(input);
    } else if (headers.containsKey("transfer-encoding")) {
      throw new IOException(
          "its answer has the transfer coding " + headers.get("transfer-encoding"));
    } else if (!length.isEmpty()) {
      body = HttpBody.ofLength(input, HttpBody.number(length, 10));
    } else {
      body = HttpBody.untilClosed(input);
      endless = true;
    }
    boolean last =
        endless
            || line.startsWith("HTTP/1.0")
            || headers.getOrDefault("connection", "").equalsIgnoreCase("close");
    return new HttpAnswer(status, Map.copyOf(headers), body, last);
  }

  private static int status(String line) throws IOException {
    if (!line.startsWith("HTTP/1.") || line.length() < 12 || line.charAt(8) != ' ') {
      throw new IOException("its answer is no HTTP/1.1");
    }
    int status = (int) HttpBody.number(line.substring(9, 12), 10);
    if (status < 100) {
      throw new IOException("its answer has the status " + status);
    }
    return status;
  }

  /** Lines of a head, all of them together of bounded length. */
  private static final class Head {
    private final InputStream input;
    private int left = MOST_HEAD;

    Head(InputStream input) {
      this.input = input;
    }

    String line() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream(128);
      while (true) {
        int octet = input.read();
        if (octet < 0 && left == MOST_HEAD) {
          throw new EOFException("it closed the connection");
        }
        if (octet < 0) {
          throw new IOException("its answer ends in the middle of its head");
        }
        if (left-- == 0) {
          throw new IOException("its answer has a head of more than " + MOST_HEAD + " bytes");
        }
        if (octet == '\n') {
          String text = line.toString(StandardCharsets.ISO_8859_1);
          return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        }
        line.write(octet);
      }
    }
  }
}
