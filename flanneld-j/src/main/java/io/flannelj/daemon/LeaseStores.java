package io.flannelj.daemon;

import io.flannelj.config.EtcdOptions;
import io.flannelj.config.Options;
import io.flannelj.config.StoreOptions;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.directory.DirectoryStore;
import io.flannelj.store.etcd.EtcdStore;
import io.flannelj.store.kubernetes.KubernetesStore;
import io.flannelj.store.tls.PemFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** Opens the store that the flags name; nothing is asked of it yet. */
final class LeaseStores {
  // A disk that works hard answers in less, and pods of a node that starts wait for it.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private LeaseStores() {}

  static LeaseStore open(
      Options all, Map<String, String> environment, LeaseClock clock, Consumer<String> log) {
    StoreOptions options = all.store();
    return switch (options.kind()) {
      case DIRECTORY ->
          new PatientStore(new DirectoryStore(Path.of(options.directory()), clock, log), PATIENCE);
      case ETCD -> etcd(options.etcd(), clock, log);
      case KUBERNETES ->
          new KubernetesStore(options.kubernetes(), environment, all.nodeName(), log);
    };
  }

  private static LeaseStore etcd(EtcdOptions options, LeaseClock clock, Consumer<String> log) {
    PemFiles files = new PemFiles(options.caFile(), options.certFile(), options.keyFile());
    return new EtcdStore(options, files, clock, log);
  }
}
