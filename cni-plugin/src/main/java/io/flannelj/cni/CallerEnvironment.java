package io.flannelj.cni;

import io.flannelj.cni.CallerDirectory.FileLock;
import java.util.Optional;

/** What lies on the side of the one who called: its files, the pod it speaks of, its plugins. */
public interface CallerEnvironment {
  /** Files below the caller's root. */
  CallerFiles files();

  /** The pod's namespace; nothing if CNI_NETNS is not given or cannot be used. */
  Optional<PodNamespace> pod();

  /** Why {@link #pod()} is empty although CNI_NETNS is given. */
  Optional<PodProblem> podProblem();

  /** Plugins that are not ours. */
  ForeignPlugins foreign();

  /**
   * Takes over the lock of an ADD that has succeeded, until its result has been delivered or it has
   * been taken back: no other call of the attachment may come in between.
   *
   * @return false if it is to be let go at once, as nothing will be taken back
   */
  default boolean keep(FileLock lock) {
    return false;
  }

  /** Whether this call takes back an ADD, whose lock is held still. */
  default boolean hasLock() {
    return false;
  }

  /**
   * Why there is no namespace.
   *
   * @param gone whether the path does not exist; else it is there but no network namespace
   * @param text with the failed call and the errno's text
   */
  record PodProblem(boolean gone, String text) {}
}
