package io.flannelj.daemon;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.lastgood.LastGood;
import io.flannelj.store.lastgood.LastGoodFile;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node's last good snapshot has, read once and only if somebody asks. */
final class WithoutStore {
  private static final Logger LOG = LoggerFactory.getLogger(WithoutStore.class);

  private final LastGoodFile file;
  private final String node;
  private final String store;
  private Optional<Optional<LastGood>> read = Optional.empty();

  WithoutStore(LastGoodFile file, String node, LeaseStore store) {
    this.file = file;
    this.node = node;
    this.store = store.name();
    store.expect(this::leases);
  }

  /** The snapshot as it was when the daemon started. */
  synchronized Optional<LastGood> lastGood() {
    if (read.isEmpty()) {
      read = Optional.of(file.read(node, store));
      read.get().ifPresent(last -> LOG.info("{} has {} leases", file.path(), last.leases().size()));
    }
    return read.get();
  }

  private Map<IpPrefix, Lease> leases() {
    return lastGood().map(LastGood::leases).orElse(Map.of());
  }
}
