package io.flannelj.libc;

/** A system call that failed: names the call, what it was applied to and the errno. */
public class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  /**
   * With the text {@code operation object: ERRNO (text)}.
   *
   * @param operation the call, such as {@code open}
   * @param object what it was applied to, such as a path
   * @param number the positive error number
   */
  public NativeException(String operation, String object, int number) {
    this(text(operation, object, number), Errno.of(number));
  }

  /** With a text made by a subclass. */
  protected NativeException(String message, Errno errno) {
    super(message);
    this.errno = errno;
  }

  /** The error, {@link Errno#EUNKNOWN} for a number without a name. */
  public Errno errno() {
    return errno;
  }

  /** {@code ERRNO (text)} of a positive error number. */
  public static String describe(int number) {
    Errno errno = Errno.of(number);
    return errno == Errno.EUNKNOWN ? "errno " + number : errno.name() + " (" + errno.text() + ")";
  }

  private static String text(String operation, String object, int number) {
    return operation + (object.isEmpty() ? "" : " " + object) + ": " + describe(number);
  }
}
