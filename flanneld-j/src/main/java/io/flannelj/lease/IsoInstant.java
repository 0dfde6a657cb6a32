package io.flannelj.lease;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/**
 * RFC 3339 times in UTC with whole seconds, {@code 2026-11-25T16:00:00Z}, read and written by hand:
 * the JDK's formatter costs some 30 ms for the first lease of a cold process.
 */
final class IsoInstant {
  private static final String FORM = "dddd-dd-ddTdd:dd:ddZ";
  private static final long DAY = 86_400;

  private IsoInstant() {}

  /**
   * Reads that form, or any other that {@link Instant#parse} takes.
   *
   * @throws DateTimeException if it is neither
   */
  static Instant parse(String text) {
    if (!hasForm(text)) {
      return Instant.parse(text);
    }
    long days =
        LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10)).toEpochDay();
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    if (hour > 23 || minute > 59 || second > 59) {
      throw new DateTimeException("malformed time \"" + text + "\"");
    }
    return Instant.ofEpochSecond(days * DAY + hour * 3600L + minute * 60L + second);
  }

  private static boolean hasForm(String text) {
    if (text.length() != FORM.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char form = FORM.charAt(i);
      char c = text.charAt(i);
      if (form == 'd' ? c < '0' || c > '9' : c != form) {
        return false;
      }
    }
    return true;
  }

  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      number = number * 10 + (text.charAt(i) - '0');
    }
    return number;
  }

  /** Writes that form; fractions of a second are dropped. */
  static String print(Instant instant) {
    long seconds = instant.getEpochSecond();
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, DAY));
    int rest = (int) Math.floorMod(seconds, DAY);
    StringBuilder text = new StringBuilder(FORM.length()).append(date).append('T');
    two(text, rest / 3600).append(':');
    two(text, rest / 60 % 60).append(':');
    return two(text, rest % 60).append('Z').toString();
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return text.append(number < 10 ? "0" : "").append(number);
  }
}
