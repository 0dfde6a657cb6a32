package io.flannelj.cni.json;

import java.util.List;

/**
 * An array.
 *
 * @param items its elements
 */
public record JsonArray(List<Json> items) implements Json {
  /** Copies the list. */
  public JsonArray {
    items = List.copyOf(items);
  }

  /** An array of strings. */
  public static JsonArray ofStrings(List<String> texts) {
    Json[] items = new Json[texts.size()];
    for (int i = 0; i < items.length; i++) {
      items[i] = new JsonString(texts.get(i));
    }
    return new JsonArray(List.of(items));
  }

  @Override
  public String kind() {
    return "array";
  }
}
