package io.flannelj.store.etcd;

/**
 * A key of etcd; of a deleted one the key and modRevision only.
 *
 * @param value as text, empty if deleted
 * @param createRevision of the cluster when it was made
 * @param modRevision of the cluster when it was changed last
 * @param lease the etcd lease that it lives with, 0: none
 */
record KeyValue(String key, String value, long createRevision, long modRevision, long lease) {}
