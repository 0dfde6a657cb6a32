package io.flannelj.store.etcd;

import io.flannelj.lease.Lease;
import io.flannelj.testkit.Untrusted;
import java.util.ArrayList;
import java.util.List;

/** Leases of answers that a fuzzer made: what is known of them holds together. */
final class FoldedLeases {
  private final List<String> reports = new ArrayList<>();
  private final KnownLeases known = new KnownLeases("/net/subnets/", reports::add, lease -> lease);

  /** All keys at one moment. */
  void replace(List<KeyValue> all) {
    known.lacksAll(all);
    known.replace(all, true);
    check();
  }

  /** One change. */
  void fold(Answer.Event event) {
    if (event.deleted()) {
      known.remove(event.kv().key());
    } else {
      known.put(event.kv());
    }
    check();
  }

  private void check() {
    known.all().forEach((key, found) -> same(found));
    known.publish().forEach((subnet, lease) -> Untrusted.same(subnet, lease.subnet()));
    if (known.notes().size() > 11) {
      throw new AssertionError("too many notes: " + known.notes());
    }
  }

  private static void same(KnownLeases.Found found) {
    Lease lease = found.lease();
    KeyValue kv = found.kv();
    try {
      String value = LeaseRecord.write(lease);
      KeyValue again = new KeyValue(kv.key(), value, 0, 0, kv.lease());
      Untrusted.same(lease, LeaseRecord.read(lease.key(), again));
    } catch (IllegalArgumentException e) {
      throw new AssertionError("cannot read what was written of " + lease, e);
    }
  }
}
