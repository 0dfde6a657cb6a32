package io.flannelj.cni;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An open directory of the caller. Names are single components. */
public interface CallerDirectory extends AutoCloseable {
  /** The path it was opened by, for error texts. */
  String path();

  /** Device and inode of the directory: the same for two openings of one directory. */
  FileIdentity identity();

  /**
   * Sets the directory's time of modification. Whoever makes or removes a file in it afterwards
   * changes that time: so it tells whether anything happened since.
   *
   * @param modifiedNanos nanoseconds since 1970
   */
  void stamp(long modifiedNanos);

  /** All names but {@code .} and {@code ..}, in no order. */
  List<String> names();

  /** The content of a file; nothing if it does not exist. */
  Optional<byte[]> read(String name);

  /** What {@code stat} says of a file; nothing if it does not exist. */
  Optional<FileIdentity> identity(String name);

  /**
   * Creates a file with O_EXCL. If writing fails, it is removed again.
   *
   * @return false if there is one already
   */
  boolean create(String name, byte[] content, int mode);

  /**
   * Makes a symbolic link.
   *
   * @param target at most 4095 bytes; need not be the name of anything
   * @return false if there is something of that name already
   */
  boolean link(String name, String target);

  /** What a symbolic link says; nothing if there is none. */
  Optional<String> target(String name);

  /**
   * Replaces a file by rename, so that a reader sees the old or the new; waits for no disk.
   *
   * @param temporary what the new file is called until then. Whoever dies on the way leaves it; the
   *     next to write under that name uses it again. So it is one that no other call writes at the
   *     same time, and that the DEL knows.
   */
  void replace(String name, String temporary, byte[] content, int mode);

  /**
   * Writes over a file in place and cuts it to the new length afterwards. O_TRUNC would make ext4
   * flush the file to the disk when it is closed.
   */
  void overwrite(String name, byte[] content, int mode);

  /**
   * Removes a file.
   *
   * @return false if there is none
   */
  boolean remove(String name);

  /**
   * Takes an exclusive flock(2) on a file, made if it does not exist.
   *
   * @return nothing if somebody else holds it for longer than {@code patience}
   */
  Optional<FileLock> lock(String name, int mode, Duration patience);

  /**
   * As {@link #lock}, for a file that exists only while somebody holds or wants the lock: letting
   * it go removes the file. Who waited for a removed file starts again on the new one.
   */
  Optional<FileLock> lockUntilRemoved(String name, int mode, Duration patience);

  @Override
  void close();

  /** A held lock; closing lets it go. */
  interface FileLock extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Tells one file from another, also of the same name.
   *
   * @param device device number
   * @param inode inode number
   * @param size bytes
   * @param changedNanos time of the last status change, nanoseconds since 1970
   * @param modifiedNanos time of the last change of content, nanoseconds since 1970
   */
  record FileIdentity(long device, long inode, long size, long changedNanos, long modifiedNanos) {}
}
