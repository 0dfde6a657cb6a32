package io.flannelj.store;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import java.util.Optional;
import java.util.function.Consumer;

/** A lease store. All methods may be called from any thread. */
public interface LeaseStore extends AutoCloseable {
  /**
   * The node's present lease, expired or not, as the store has it.
   *
   * @throws StoreException if the store cannot be read
   */
  Optional<Lease> findByNode(String node);

  /**
   * Leases a subnet: the node's present one, else its previous one if free, else a free one. Atomic
   * among nodes that ask at the same moment. Asking again renews.
   *
   * @throws StoreException if there is none or the store cannot be written
   */
  Lease acquire(LeaseRequest request);

  /**
   * Follows all leases until the store is closed: the listener gets a snapshot after each change,
   * and trouble a text when the store cannot be followed, an empty one when it can again.
   */
  void watch(Consumer<LeaseSnapshot> listener, Consumer<String> trouble);

  @Override
  void close();
}
