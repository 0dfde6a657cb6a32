package io.flannelj.cni.json;

/**
 * A number. The text is kept, so that a value that passes through is printed as it was read.
 *
 * @param text as it stands in the input
 */
public record JsonNumber(String text) implements Json {

  /** A whole number. */
  public static JsonNumber of(long value) {
    return new JsonNumber(Long.toString(value));
  }

  /**
   * The value as a whole number.
   *
   * @throws JsonException if it has a fraction or an exponent, or does not fit
   */
  public long toLong() {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new JsonException("number " + text + " is not a whole number of 64 bits");
    }
  }

  @Override
  public String kind() {
    return "number";
  }
}
