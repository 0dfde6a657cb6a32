package io.flannelj.store.kubernetes;

import java.util.List;
import java.util.Map;

/**
 * What is kept of a Node.
 *
 * @param name its name
 * @param resourceVersion opaque; that of its last change
 * @param podCidrs none, one, or one of each family
 * @param annotations those with our prefix, without it
 * @param networkUnavailable status and reason of the condition, empty: there is none
 */
record KubeNode(
    String name,
    String resourceVersion,
    List<String> podCidrs,
    Map<String, String> annotations,
    String networkUnavailable) {
  /** What {@link #networkUnavailable} is on a node with a network. */
  static final String HAS_NETWORK = "False FlannelIsUp";

  private static final int MOST_TEXT = 1024;
  private static final int SHOWN_TEXT = 100;

  KubeNode {
    podCidrs = List.copyOf(podCidrs);
    annotations = Map.copyOf(annotations);
  }

  /**
   * What is kept of an annotation: flannel's are short, and one that is not is cut, so that it is
   * refused like any that cannot be read, and costs no more than its node its place.
   */
  static String bounded(String text) {
    return text.length() <= MOST_TEXT
        ? text
        : text.substring(0, SHOWN_TEXT) + " ... (" + text.length() + " characters)";
  }

  String annotation(String key) {
    return annotations.getOrDefault(key, "");
  }
}
