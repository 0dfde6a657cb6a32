package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAnswerTest {
  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String body(HttpAnswer answer) throws IOException {
    return new String(answer.body().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void theNextAnswerBeginsWhereTheBodyEnds() throws IOException {
    InputStream input =
        stream(
            "HTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\none"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2;name=value\r\ntw\r\n1\r\no\r\n0\r\nTrailer: x\r\n\r\n"
                + "HTTP/1.1 204 No Content\r\n\r\n"
                + "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nthe rest");
    HttpAnswer first = HttpAnswer.read(input);
    assertThat(first.header("content-type")).isEqualTo("text/plain");
    assertThat(body(first)).isEqualTo("one");
    HttpAnswer second = HttpAnswer.read(input);
    assertThat(body(second)).isEqualTo("two");
    assertThat(second.body().isComplete()).isTrue();
    HttpAnswer third = HttpAnswer.read(input);
    assertThat(third.body().isComplete()).isTrue();
    assertThat(third.isLast()).isFalse();
    HttpAnswer last = HttpAnswer.read(input);
    assertThat(last.status()).isEqualTo(403);
    assertThat(last.isLast()).isTrue();
    assertThat(body(last)).isEqualTo("the rest");
  }

  @Test
  void aConnectionThatIsClosedBetweenAnswersIsToldFromOneThatBreaksInside() {
    assertThatThrownBy(() -> HttpAnswer.read(stream(""))).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> HttpAnswer.read(stream("HTTP/1.1 200 OK\r\nA")))
        .hasMessageContaining("in the middle of its head");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2 200 \r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnothing\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\none",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\non",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nonemore\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\none\r\n"
      })
  void whatIsNoAnswerIsAnError(String text) {
    assertThatThrownBy(() -> body(HttpAnswer.read(stream(text)))).isInstanceOf(IOException.class);
  }

  @Test
  void aHeadWithoutEndIsNotKept() {
    String field = "A: " + "x".repeat(1000) + "\r\n";
    assertThatThrownBy(() -> HttpAnswer.read(stream("HTTP/1.1 200 OK\r\n" + field.repeat(100))))
        .hasMessageContaining("head of more than 65536 bytes");
    String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThatThrownBy(
            () -> body(HttpAnswer.read(stream(chunked + "0;" + "x".repeat(5000) + "\r\n"))))
        .hasMessageContaining("chunk's head");
    assertThatThrownBy(
            () -> body(HttpAnswer.read(stream(chunked + "0\r\n" + "A: b\r\n".repeat(200)))))
        .hasMessageContaining("trailers without end");
  }
}
