package io.flannelj.daemon;

import io.flannelj.config.ConfigException;
import io.flannelj.config.StoreOptions;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.directory.DirectoryStore;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Opens the store that the flags name; nothing is asked of it yet. */
final class LeaseStores {
  private LeaseStores() {}

  static LeaseStore open(StoreOptions options, LeaseClock clock, Consumer<String> log) {
    return switch (options.kind()) {
      case DIRECTORY -> new DirectoryStore(Path.of(options.directory()), clock, log);
      case ETCD, KUBERNETES ->
          throw new ConfigException(
              "--store " + options.kind() + " is not supported yet; use \"directory\"");
    };
  }
}
