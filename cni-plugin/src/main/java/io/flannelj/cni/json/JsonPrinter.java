package io.flannelj.cni.json;

import java.util.List;
import java.util.Map;

/** Prints byte for byte what Go's encoding/json prints, HTML escapes included. */
final class JsonPrinter {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out;
  private final boolean pretty;

  JsonPrinter(StringBuilder out, boolean pretty) {
    this.out = out;
    this.pretty = pretty;
  }

  void print(Json value) {
    print(value, 0);
  }

  private void print(Json value, int depth) {
    if (value instanceof JsonObject object) {
      printObject(object.members(), depth);
    } else if (value instanceof JsonArray array) {
      printArray(array.items(), depth);
    } else if (value instanceof JsonString string) {
      printString(string.value());
    } else if (value instanceof JsonNumber number) {
      out.append(number.text());
    } else if (value instanceof JsonBoolean bool) {
      out.append(bool.value());
    } else {
      out.append("null");
    }
  }

  private void printObject(Map<String, Json> members, int depth) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, Json> member : members.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      newLine(depth + 1);
      printString(member.getKey());
      out.append(pretty ? ": " : ":");
      print(member.getValue(), depth + 1);
    }
    if (!first) {
      newLine(depth);
    }
    out.append('}');
  }

  private void printArray(List<Json> items, int depth) {
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      newLine(depth + 1);
      print(items.get(i), depth + 1);
    }
    if (!items.isEmpty()) {
      newLine(depth);
    }
    out.append(']');
  }

  private void newLine(int depth) {
    if (pretty) {
      out.append('\n');
      for (int i = 0; i < depth; i++) {
        out.append("    ");
      }
    }
  }

  private void printString(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '<', '>', '&', '\u2028', '\u2029' -> escape(c);
        default -> {
          if (c < ' ') {
            escape(c);
          } else if (Character.isSurrogate(c)) {
            i += printSurrogate(text, i);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** A pair passes; half of one, which UTF-8 cannot carry, becomes U+FFFD. */
  private int printSurrogate(String text, int at) {
    if (at + 1 < text.length() && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1))) {
      out.append(text, at, at + 2);
      return 1;
    }
    out.append('\ufffd');
    return 0;
  }

  private void escape(char c) {
    out.append("\\u")
        .append(HEX.charAt(c >> 12))
        .append(HEX.charAt(c >> 8 & 15))
        .append(HEX.charAt(c >> 4 & 15))
        .append(HEX.charAt(c & 15));
  }
}
