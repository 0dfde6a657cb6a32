package io.flannelj.cni.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonTest {
  private static JsonObject object(String text) {
    return (JsonObject) Json.parse(text);
  }

  @Test
  void keysMatchExactlyFirstThenInAnyCase() {
    JsonObject json = object("{\"HostPort\":1,\"hostport\":2}");
    assertThat(json.integer("hostPort")).contains(2);
    assertThat(json.integer("HostPort")).contains(1);
    assertThat(object("{\"RuntimeConfig\":{}}").object("runtimeConfig")).isPresent();
    assertThat(json.integer("hostIP")).isEmpty();
  }

  @Test
  void ofARepeatedKeyTheLastWinsAndNullIsAbsent() {
    JsonObject json = object("{\"a\":1,\"b\":null,\"a\":2}");
    assertThat(json.integer("a")).contains(2);
    assertThat(json.has("b")).isFalse();
    assertThat(json.findRaw("b")).contains(JsonNull.NULL);
  }

  @Test
  void orderAndNumbersSurvive() {
    String text = "{\"z\":[1,2.50,-0,1e3,12345678901234567890],\"a\":{\"y\":true,\"x\":null}}";
    assertThat(Json.parse(text).toCompactText()).isEqualTo(text);
  }

  @Test
  void prettyTextHasFourBlanksALevel() {
    assertThat(Json.parse("{\"a\":[1,{\"b\":\"c\"}],\"d\":{},\"e\":[]}").toPrettyText())
        .isEqualTo(
            """
            {
                "a": [
                    1,
                    {
                        "b": "c"
                    }
                ],
                "d": {},
                "e": []
            }""");
  }

  @Test
  void textIsEscapedAsGoDoes() {
    assertThat(new JsonString("<a&b>\u2028\"\\\n\t\b\f\u0001é\ud83d\ude00\ud800").toCompactText())
        .isEqualTo(
            "\"\\u003ca\\u0026b\\u003e\\u2028\\\"\\\\\\n\\t\\b\\f\\u0001é\ud83d\ude00\ufffd\"");
  }

  @Test
  void malformedTextIsReportedWithItsPlace() {
    assertThatThrownBy(() -> Json.parse("{\n  \"a\": tru\n}"))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("line 2, column ")
        .hasMessageContaining("near \"")
        .hasMessageContaining("tru");
    for (String bad :
        List.of(
            "",
            " ",
            "{",
            "[1,",
            "{\"a\"}",
            "{} {}",
            "{}x",
            "nul",
            "\"\\x\"",
            "{'a':1}",
            "01",
            "\ufeff",
            "{\"a\":1,}",
            "[1 2]",
            "\"\u0001\"")) {
      assertThatThrownBy(() -> Json.parse(bad)).as(bad).isInstanceOf(JsonException.class);
    }
    assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xff, '"'}))
        .isInstanceOf(JsonException.class);
  }

  @Test
  void halfOfASurrogatePairIsReadAsGoDoes() {
    assertThat(Json.parse("\"a\\ud83d\\ude00\\ud83db\\ude00\""))
        .isEqualTo(new JsonString("a\ud83d\ude00\ufffdb\ufffd"));
  }

  @Test
  void onlyUtf8IsRead() {
    for (Charset wide :
        List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, Charset.forName("UTF-32"))) {
      assertThatThrownBy(() -> Json.parse("{\"name\":\"a\"}".getBytes(wide)))
          .as(wide.name())
          .isInstanceOf(JsonException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  @Test
  void everyTruncationOfAConfigurationIsAnError() {
    byte[] whole =
        "{\"cniVersion\":\"0.3.1\",\"name\":\"cbr0\",\"delegate\":{\"a\":[1,\"é\"]}}"
            .getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Json.parse(part)).isInstanceOf(JsonException.class);
    }
  }

  @Test
  void depthAndSizeAreLimited() {
    assertThatThrownBy(() -> Json.parse("[".repeat(101) + "]".repeat(101)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("100");
    assertThat(Json.parse("[".repeat(100) + "]".repeat(100))).isInstanceOf(JsonArray.class);
    assertThatThrownBy(() -> Json.parse(" ".repeat((4 << 20) + 1)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("longer");
  }

  @Test
  void aWrongKindIsNamedWithItsKey() {
    JsonObject json = object("{\"a\":1,\"b\":\"x\",\"c\":[1],\"d\":1.5,\"e\":70000}");
    assertThatThrownBy(() -> json.text("a")).hasMessage("key \"a\": expected string, found number");
    assertThatThrownBy(() -> json.bool("b")).hasMessage("key \"b\": expected bool, found string");
    assertThatThrownBy(() -> json.texts("c"))
        .hasMessage("key \"c\": expected array of strings, found number");
    assertThatThrownBy(() -> json.objects("c"))
        .hasMessage("key \"c\": expected array of objects, found number");
    assertThatThrownBy(() -> json.integer("d")).hasMessageContaining("1.5 is not a whole number");
    assertThatThrownBy(() -> json.integer("e", 0, 65535))
        .hasMessage("key \"e\": 70000 is not within 0..65535");
  }

  @Test
  void withAndWithoutKeepTheOrder() {
    JsonObject json = object("{\"a\":1,\"b\":2}");
    assertThat(json.with("a", JsonNumber.of(3)).with("c", new JsonBoolean(true)).toCompactText())
        .isEqualTo("{\"a\":3,\"b\":2,\"c\":true}");
    assertThat(json.without("a").toCompactText()).isEqualTo("{\"b\":2}");
    assertThat(new JsonObject(Map.of()).toCompactText()).isEqualTo("{}");
  }
}
