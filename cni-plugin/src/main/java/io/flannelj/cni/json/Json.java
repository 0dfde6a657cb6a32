package io.flannelj.cni.json;

/** One JSON value (RFC 8259). */
public sealed interface Json
    permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

  /**
   * Reads one value that fills the whole input.
   *
   * @param utf8 the text, UTF-8
   * @throws JsonException naming line, column and the text near, if it is not JSON or exceeds the
   *     limits of {@link JsonReader}
   */
  static Json parse(byte[] utf8) {
    return JsonReader.read(utf8);
  }

  /** As {@link #parse(byte[])}. */
  static Json parse(String text) {
    return JsonReader.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** What the value is, for error texts: {@code object}, {@code string} and so on. */
  String kind();

  /** On one line without blanks, as Go's {@code json.Marshal}. */
  default String toCompactText() {
    StringBuilder out = new StringBuilder(256);
    new JsonPrinter(out, false).print(this);
    return out.toString();
  }

  /** With line breaks and four blanks a level, as Go's {@code json.MarshalIndent(v, "", " ")}. */
  default String toPrettyText() {
    StringBuilder out = new StringBuilder(512);
    new JsonPrinter(out, true).print(this);
    return out.toString();
  }
}
