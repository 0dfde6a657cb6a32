package io.flannelj.cni;

import java.util.List;

/**
 * One type of CNI plugin. Called for several attachments at once, for one attachment by one call at
 * a time. Failures are {@link CniError}; any other exception is reported with code 999.
 */
public interface Plugin {
  /** The name in a configuration's {@code type}, which is the executable's name too. */
  String type();

  /** The versions of the specification it accepts. */
  default List<CniVersion> versions() {
    return CniVersion.ALL;
  }

  /**
   * Attaches. Whatever fails, nothing that it made is left behind.
   *
   * @return what is printed, in the configuration's version
   */
  CniResult add(PluginContext c);

  /**
   * Whether an ADD of this configuration changes nothing, so that it need not wait for its turn
   * among the calls of the attachment.
   */
  default boolean addChangesNothing(NetConf conf) {
    return false;
  }

  /**
   * Detaches. Succeeds any number of times, without namespace, without prevResult and without state
   * on disk.
   */
  void del(PluginContext c);

  /** Fails unless everything that ADD made is there. Changes nothing. */
  default void check(PluginContext c) {}

  /**
   * Removes what belongs to this network and to none of the attachments that are still valid
   * ({@link NetConf#validAttachments()}); does as much as possible before it fails.
   */
  default void gc(PluginContext c) {}

  /** Whether what it attaches to works only as long as the daemon does its part. */
  default boolean needsDaemon() {
    return false;
  }

  /** Fails with code 50 or 51 if an ADD could not be served now. */
  default void status(PluginContext c) {}
}
