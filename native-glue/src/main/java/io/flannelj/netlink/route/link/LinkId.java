package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFNAMSIZ;

import java.nio.charset.StandardCharsets;

/**
 * Which link a request is about: by index where one is known (a name may have gone to another
 * device), by name in a batch that makes the link first.
 *
 * @param index interface index, 0: by name
 * @param name the name, for an index only used in error texts
 */
public record LinkId(int index, String name) {
  /** Checks that there is an index or a name that fits IFNAMSIZ. */
  public LinkId {
    if (index < 0 || (index == 0 && !isName(name))) {
      throw new IllegalArgumentException(
          "no link: index " + index + ", name \"" + name + "\" (1 to 15 bytes)");
    }
  }

  /** By index. */
  public static LinkId of(int index) {
    return new LinkId(index, "");
  }

  /** By name. */
  public static LinkId named(String name) {
    return new LinkId(0, name);
  }

  /** Whether the kernel takes the text as a device name. */
  public static boolean isName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length >= IFNAMSIZ || name.equals(".") || name.equals("..")) {
      return false;
    }
    return name.chars().noneMatch(c -> c == '/' || c == ':' || Character.isWhitespace(c));
  }

  @Override
  public String toString() {
    return name.isEmpty() ? "index " + index : name;
  }
}
