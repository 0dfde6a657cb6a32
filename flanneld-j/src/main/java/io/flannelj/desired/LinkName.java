package io.flannelj.desired;

/**
 * The name of a network device.
 *
 * @param text 1 to 15 printable characters without slash, colon or blank (dev_valid_name)
 */
public record LinkName(String text) implements Comparable<LinkName> {
  private static final int LONGEST = 15;

  /** Checks the name as the kernel does. */
  public LinkName {
    if (text.isEmpty() || text.length() > LONGEST || text.equals(".") || text.equals("..")) {
      throw malformed(text);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '/' || c == ':') {
        throw malformed(text);
      }
    }
  }

  @Override
  public int compareTo(LinkName other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "malformed device name \"" + text + "\"; the kernel takes 1 to 15 characters");
  }
}
