package io.flannelj.doctor;

/**
 * What one check found.
 *
 * @param check its name, one word
 * @param verdict the verdict
 * @param text what is, and what it breaks
 * @param remedy commands that mend it, empty if there is nothing to mend
 */
public record Finding(String check, Verdict verdict, String text, String remedy) {
  /** How bad it is. */
  public enum Verdict {
    /** As it should be. */
    OK,
    /** Breaks something in some set-ups, or cannot be judged from here. */
    WARN,
    /** Breaks pods' traffic. */
    FAIL
  }

  static Finding ok(String check, String text) {
    return new Finding(check, Verdict.OK, text, "");
  }

  static Finding warn(String check, String text, String remedy) {
    return new Finding(check, Verdict.WARN, text, remedy);
  }

  static Finding fail(String check, String text, String remedy) {
    return new Finding(check, Verdict.FAIL, text, remedy);
  }
}
