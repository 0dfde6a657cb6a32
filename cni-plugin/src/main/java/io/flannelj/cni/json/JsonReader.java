package io.flannelj.cni.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds the tree. Limits: 4 MiB in all, 100 levels, 1,000 digits a number. */
final class JsonReader {
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_LEVELS = 100;
  private static final int MOST_DIGITS = 1_000;
  private static final int NEAR = 20;

  // Names of configuration keys repeat in every call, but names are also data of the caller
  // (annotations): interning them would let a stranger fill a table that is never emptied.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MOST_LEVELS)
                  .maxNumberLength(MOST_DIGITS)
                  .maxStringLength(MOST_BYTES)
                  .maxNameLength(MOST_BYTES)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private JsonReader() {}

  static Json read(byte[] utf8) {
    if (utf8.length > MOST_BYTES) {
      throw new JsonException(
          "text of " + utf8.length + " bytes is longer than " + MOST_BYTES + " bytes");
    }
    if (isWide(utf8)) {
      throw new JsonException("malformed JSON: the text does not begin as UTF-8 does");
    }
    try (JsonParser parser = FACTORY.createParser(utf8)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new JsonException("unexpected end of JSON input: the text is empty");
      }
      Json value = value(parser, first);
      JsonToken more = parser.nextToken();
      if (more != null) {
        throw malformed(utf8, parser.currentTokenLocation(), "text after the end of the value");
      }
      return value;
    } catch (JsonProcessingException e) {
      // Jackson's own words name the token before, which at the beginning is none.
      String problem = e.getOriginalMessage().replace(" in null", ": it stops within a value");
      throw malformed(utf8, e.getLocation(), problem);
    } catch (IOException e) {
      throw new JsonException("malformed JSON: " + e.getMessage());
    }
  }

  /** Jackson would guess these encodings from their first two characters; Go refuses them. */
  private static boolean isWide(byte[] text) {
    for (int i = 0; i < Math.min(Integer.BYTES, text.length); i++) {
      if (text[i] == 0 || (text[i] & 0xff) >= 0xfe) {
        return true;
      }
    }
    return false;
  }

  private static Json value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> new JsonString(wellFormed(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getText());
      case VALUE_TRUE -> new JsonBoolean(true);
      case VALUE_FALSE -> new JsonBoolean(false);
      case VALUE_NULL -> JsonNull.NULL;
      default -> throw new IOException("unexpected " + token);
    };
  }

  private static JsonObject object(JsonParser parser) throws IOException {
    Map<String, Json> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = wellFormed(parser.currentName());
      members.put(name, value(parser, parser.nextToken()));
    }
    return new JsonObject(members);
  }

  private static JsonArray array(JsonParser parser) throws IOException {
    List<Json> items = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      items.add(value(parser, token));
    }
    return new JsonArray(items);
  }

  /** Half of a surrogate pair, which only an escape can say, becomes U+FFFD as in Go's decoder. */
  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints().forEach(c -> whole.appendCodePoint(isHalf(c) ? 0xfffd : c));
        return whole.toString();
      }
    }
    return text;
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private static JsonException malformed(byte[] utf8, JsonLocation where, String problem) {
    if (where == null) {
      return new JsonException("malformed JSON: " + problem);
    }
    int at = (int) Math.max(0, Math.min(where.getByteOffset(), utf8.length));
    int from = Math.max(0, at - NEAR);
    int to = Math.min(utf8.length, at + NEAR);
    StringBuilder text = new StringBuilder("malformed JSON at line ");
    text.append(where.getLineNr()).append(", column ").append(where.getColumnNr());
    text.append(" near \"");
    String near = new String(utf8, from, to - from, StandardCharsets.UTF_8);
    for (int i = 0; i < near.length(); i++) {
      char c = near.charAt(i);
      text.append(c < ' ' ? ' ' : c);
    }
    return new JsonException(text.append("\": ").append(problem).toString());
  }
}
