package io.flannelj.cni.json;

/**
 * A string.
 *
 * @param value the text, unescaped
 */
public record JsonString(String value) implements Json {
  @Override
  public String kind() {
    return "string";
  }
}
