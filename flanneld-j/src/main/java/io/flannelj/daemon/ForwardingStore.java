package io.flannelj.daemon;

import io.flannelj.config.InterfaceOptions;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreState;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Hands every call on; what is to be different is overridden. */
abstract class ForwardingStore implements LeaseStore {
  protected final LeaseStore store;

  ForwardingStore(LeaseStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public void expect(Supplier<Map<IpPrefix, Lease>> lastGood) {
    store.expect(lastGood);
  }

  @Override
  public Optional<String> netConf() {
    return store.netConf();
  }

  @Override
  public InterfaceOptions advised(InterfaceOptions given) {
    return store.advised(given);
  }

  @Override
  public void networkReady() {
    store.networkReady();
  }

  @Override
  public Optional<Lease> findByNode(NodeIdentity node) {
    return store.findByNode(node);
  }

  @Override
  public Lease acquire(LeaseRequest request) {
    return store.acquire(request);
  }

  @Override
  public Optional<Lease> replaced() {
    return store.replaced();
  }

  @Override
  public void watch(Consumer<LeaseSnapshot> listener, Consumer<StoreState> state) {
    store.watch(listener, state);
  }

  @Override
  public void close() {
    store.close();
  }
}
