package io.flannelj.kernel;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Turns keyed changes into one batch of requests and the batch's results into keyed failures. */
final class Batches {
  /** What the kernel says of objects that are gone already, or whose device is. */
  private static final Set<Errno> GONE =
      EnumSet.of(Errno.ENOENT, Errno.ESRCH, Errno.ENODEV, Errno.EADDRNOTAVAIL);

  private Batches() {}

  static <K, V> Map<K, RuntimeException> run(
      NetlinkTransport transport,
      Map<K, V> toPut,
      BiFunction<K, V, NetlinkRequest> put,
      Map<K, V> toRemove,
      BiFunction<K, V, NetlinkRequest> remove) {
    List<K> keys = new ArrayList<>();
    List<NetlinkRequest> requests = new ArrayList<>();
    toPut.forEach(
        (key, value) -> {
          keys.add(key);
          requests.add(put.apply(key, value));
        });
    toRemove.forEach(
        (key, value) -> {
          keys.add(key);
          requests.add(remove.apply(key, value));
        });
    List<Optional<NetlinkException>> results = transport.executeAll(requests);
    Map<K, RuntimeException> failures = new HashMap<>();
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).isPresent()) {
        NetlinkException failure = results.get(i).get();
        boolean removal = i >= toPut.size();
        if (!removal || !GONE.contains(failure.errno())) {
          failures.put(keys.get(i), failure);
        }
      }
    }
    return failures;
  }
}
