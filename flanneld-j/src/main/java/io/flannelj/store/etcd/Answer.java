package io.flannelj.store.etcd;

import java.util.List;

/**
 * An answer of etcd, of any kind: what a kind does not have is zero or empty.
 *
 * @param clusterId tells one cluster from another
 * @param revision of the cluster at the answer's moment
 * @param succeeded of a transaction: whether its comparisons held
 * @param lease ID of an etcd lease
 * @param ttl its time to live, seconds; 0: there is no such lease
 * @param token of a login
 * @param kvs keys found
 * @param created of a watch: it begins
 * @param canceled of a watch: it has ended
 * @param compactRevision of a watch that has ended: what it asked for is no longer kept
 * @param reason of a watch that has ended
 * @param events of a watch, in order
 */
record Answer(
    String clusterId,
    long revision,
    boolean succeeded,
    long lease,
    long ttl,
    String token,
    List<KeyValue> kvs,
    boolean created,
    boolean canceled,
    long compactRevision,
    String reason,
    List<Event> events) {

  /** One change. */
  record Event(boolean deleted, KeyValue kv) {}
}
