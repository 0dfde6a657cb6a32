package io.flannelj.cni.server;

import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.libc.FileDescriptor;
import java.util.Optional;

/**
 * One CNI call with all that arrived for it. The descriptors belong to the server, which closes
 * them after the call; a handler may close one earlier, and duplicates what it wants to keep.
 */
public interface ServedCall {
  /** What is asked for. */
  Request request();

  /** The caller's root directory, for openat2 with RESOLVE_IN_ROOT. */
  FileDescriptor root();

  /** The pod's network namespace; empty if CNI_NETNS is not usable, see {@link NetnsFacts}. */
  Optional<FileDescriptor> namespace();

  /** A blocking rtnetlink socket of that namespace, not bound; for NetlinkSocket.adopt. */
  Optional<FileDescriptor> routeSocket();

  /**
   * Has the launcher run a foreign plugin, and waits for its end.
   *
   * @throws CallerGoneException if the launcher is gone or goes meanwhile
   * @throws IllegalStateException after 64 of them in one call
   */
  Report execute(Execution execution);

  /**
   * Whether the launcher is gone already. An ADD may stop early; if it succeeds nevertheless, the
   * server takes it back.
   */
  boolean callerGone();

  /**
   * Keeps the lock of an ADD that is answered with success, until the launcher says that it has
   * passed the result on or the ADD has been taken back.
   */
  void keep(FileLock lock);

  /** Whether such a lock is held: for the DEL that takes the ADD back. */
  boolean hasLock();

  /** Whether this is the DEL by which the server takes back an ADD whose result nobody got. */
  boolean isRollback();
}
