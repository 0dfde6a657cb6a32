package io.flannelj.config;

/**
 * Where leases are kept.
 *
 * @param kind which of the stores
 * @param directory of the store {@code directory}
 * @param snapshotDir directory of the last good snapshot
 * @param etcd settings of the store {@code etcd}
 * @param kubernetes settings of the store {@code kubernetes}
 */
public record StoreOptions(
    Kind kind,
    String directory,
    String snapshotDir,
    EtcdOptions etcd,
    KubernetesOptions kubernetes) {

  /** The stores there are; spelled in lower case by the flag {@code --store}. */
  public enum Kind {
    /** Files on this machine, or on a shared file system. */
    DIRECTORY,
    /** etcd, version 3. */
    ETCD,
    /** Annotations of Kubernetes' nodes. */
    KUBERNETES
  }

  /** The store {@code directory}. */
  public static StoreOptions directory(String directory, String snapshotDir) {
    return new StoreOptions(
        Kind.DIRECTORY, directory, snapshotDir, EtcdOptions.DEFAULT, KubernetesOptions.DEFAULT);
  }
}
