package io.flannelj.cni;

import java.util.List;

/**
 * A version of the CNI specification.
 *
 * @param major first number
 * @param minor second number
 * @param micro third number
 */
public record CniVersion(int major, int minor, int micro) implements Comparable<CniVersion> {
  /** What a configuration without cniVersion means. */
  public static final CniVersion V0_1_0 = new CniVersion(0, 1, 0);

  /** Same results as 0.1.0. */
  public static final CniVersion V0_2_0 = new CniVersion(0, 2, 0);

  /** Lists of interfaces and addresses. */
  public static final CniVersion V0_3_0 = new CniVersion(0, 3, 0);

  /** Same results as 0.3.0; flannel's stock configuration. */
  public static final CniVersion V0_3_1 = new CniVersion(0, 3, 1);

  /** CHECK; prevResult for DEL. */
  public static final CniVersion V0_4_0 = new CniVersion(0, 4, 0);

  /** No version of an address any more. */
  public static final CniVersion V1_0_0 = new CniVersion(1, 0, 0);

  /** GC and STATUS. */
  public static final CniVersion V1_1_0 = new CniVersion(1, 1, 0);

  /** All that we read and write, oldest first. */
  public static final List<CniVersion> ALL =
      List.of(V0_1_0, V0_2_0, V0_3_0, V0_3_1, V0_4_0, V1_0_0, V1_1_0);

  /**
   * Reads one to three numbers joined by dots; the empty text is 0.1.0.
   *
   * @throws CniError code 6 if it is anything else
   */
  public static CniVersion parse(String text) {
    if (text.isEmpty()) {
      return V0_1_0;
    }
    int[] numbers = new int[3];
    int part = 0;
    int digits = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '.';
      if (c == '.' && digits > 0) {
        part++;
        digits = 0;
      } else if (c >= '0' && c <= '9' && part < 3 && digits < 9) {
        numbers[part] = numbers[part] * 10 + (c - '0');
        digits++;
      } else {
        throw new CniError(
            CniError.DECODE_FAILURE,
            "invalid version \"" + text + "\": expected up to three numbers joined by dots");
      }
    }
    return new CniVersion(numbers[0], numbers[1], numbers[2]);
  }

  /** Whether this is the other or later. */
  public boolean isAtLeast(CniVersion other) {
    return compareTo(other) >= 0;
  }

  @Override
  public int compareTo(CniVersion other) {
    if (major != other.major) {
      return Integer.compare(major, other.major);
    }
    return minor != other.minor
        ? Integer.compare(minor, other.minor)
        : Integer.compare(micro, other.micro);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + micro;
  }
}
