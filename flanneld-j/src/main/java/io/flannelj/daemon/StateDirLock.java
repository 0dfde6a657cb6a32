package io.flannelj.daemon;

import static io.flannelj.libc.Files.LOCK_EX;
import static io.flannelj.libc.Files.LOCK_NB;
import static io.flannelj.libc.Files.O_CREAT;
import static io.flannelj.libc.Files.O_NOFOLLOW;
import static io.flannelj.libc.Files.O_RDWR;

import io.flannelj.libc.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One daemon on a node: a second one must not even take the status socket of the first. */
final class StateDirLock {
  private StateDirLock() {}

  /**
   * Takes the lock; closing the descriptor gives it back.
   *
   * @throws IOException if another daemon has it
   */
  static FileDescriptor take(Path directory) throws IOException {
    Files.createDirectories(directory);
    FileDescriptor lock =
        io.flannelj.libc.Files.open(
            directory.resolve("lock").toString(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!io.flannelj.libc.Files.flock(lock, LOCK_EX | LOCK_NB)) {
      lock.close();
      throw new IOException(
          "another daemon runs on this node: it holds "
              + directory.resolve("lock")
              + " (--state-dir)");
    }
    return lock;
  }
}
