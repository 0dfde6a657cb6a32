package io.flannelj.cni.json;

/** {@code null}; as a member of an object it counts as absent. */
public enum JsonNull implements Json {
  /** The only one. */
  NULL;

  @Override
  public String kind() {
    return "null";
  }
}
