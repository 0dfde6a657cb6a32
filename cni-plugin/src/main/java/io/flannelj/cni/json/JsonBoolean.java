package io.flannelj.cni.json;

/**
 * {@code true} or {@code false}.
 *
 * @param value which of the two
 */
public record JsonBoolean(boolean value) implements Json {
  @Override
  public String kind() {
    return "bool";
  }
}
