package io.flannelj.cni;

import java.util.Optional;

/**
 * Files as the caller of a plugin sees them: every path is resolved below the caller's root, {@code
 * ..} and absolute links included. Failures are {@link io.flannelj.libc.NativeException} with the
 * caller's path.
 */
public interface CallerFiles {
  /** The content of a file; nothing if it does not exist. */
  Optional<byte[]> read(String path);

  /** A directory; nothing if it does not exist. */
  Optional<CallerDirectory> directory(String path);

  /**
   * A directory, made if it does not exist.
   *
   * @param path absolute
   * @param mode permission bits of what is made, parents included
   */
  CallerDirectory makeDirectory(String path, int mode);
}
