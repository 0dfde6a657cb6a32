package io.flannelj.daemon;

import io.flannelj.config.ConfigException;
import io.flannelj.config.Options;
import io.flannelj.config.StoreOptions;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.directory.DirectoryStore;
import io.flannelj.store.kubernetes.KubernetesStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** Opens the store that the flags name; nothing is asked of it yet. */
final class LeaseStores {
  private LeaseStores() {}

  static LeaseStore open(
      Options all, Map<String, String> environment, LeaseClock clock, Consumer<String> log) {
    StoreOptions options = all.store();
    return switch (options.kind()) {
      case DIRECTORY -> new DirectoryStore(Path.of(options.directory()), clock, log);
      case KUBERNETES ->
          new KubernetesStore(options.kubernetes(), environment, all.nodeName(), log);
      case ETCD ->
          throw new ConfigException(
              "--store " + options.kind() + " is not supported yet; use \"directory\"");
    };
  }
}
