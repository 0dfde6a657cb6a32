package io.flannelj.store;

import io.flannelj.config.InterfaceOptions;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A lease store. All methods may be called from any thread. */
public interface LeaseStore extends AutoCloseable {
  /** Kind and place, such as {@code directory /var/lib/flannel-j/leases}. */
  String name();

  /**
   * Tells what was in the store when it was last in sync, as a measure for what is found in it: an
   * empty place may be a mount point without its mount. To be called before all else.
   *
   * @param lastGood asked only if the store is found gone, empty or torn
   */
  void expect(Supplier<Map<IpPrefix, Lease>> lastGood);

  /**
   * The cluster's network, as the text of a net-conf.json.
   *
   * @return empty if this store holds none, and a file does
   * @throws StoreException if it cannot be read or is missing
   */
  default Optional<String> netConf() {
    return Optional.empty();
  }

  /**
   * What the store has to say to the choice of the external interface.
   *
   * @param given what the flags say
   */
  default InterfaceOptions advised(InterfaceOptions given) {
    return given;
  }

  /** The node's network is there, for the first time since the start. */
  default void networkReady() {}

  /**
   * The node's present lease, expired or not, as the store has it.
   *
   * @throws StoreException if the store cannot be read
   */
  Optional<Lease> findByNode(NodeIdentity node);

  /**
   * Leases a subnet: the node's present one, else its previous one if free, else a free one. Atomic
   * among nodes that ask at the same moment. Asking again renews.
   *
   * @throws StoreException if there is none or the store cannot be written
   */
  Lease acquire(LeaseRequest request);

  /**
   * The lease in our name, but of another public address and not run out, that the first {@link
   * #acquire} replaced: this node before its address changed, or another one of the same name.
   */
  Optional<Lease> replaced();

  /**
   * Follows all leases until the store is closed: the listener gets a snapshot after each change,
   * and state how well that goes, when it changes.
   */
  void watch(Consumer<LeaseSnapshot> listener, Consumer<StoreState> state);

  @Override
  void close();
}
