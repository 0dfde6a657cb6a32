package io.flannelj.libc;

import java.util.EnumSet;
import java.util.Set;

/** A system call that failed: names the call, what it was applied to and the errno. */
public class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  // A file or link that is not there, or is already, is an answer more often than a failure: a
  // pod's
  // start and end meet a dozen of them, and a stack trace costs more than the system call.
  private static final Set<Errno> EXPECTED =
      EnumSet.of(Errno.ENOENT, Errno.EEXIST, Errno.ENODEV, Errno.ESRCH, Errno.EAGAIN);

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
    super(message, null, true, !EXPECTED.contains(errno));
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
