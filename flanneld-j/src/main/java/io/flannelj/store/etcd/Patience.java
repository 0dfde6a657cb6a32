package io.flannelj.store.etcd;

/**
 * How long a cluster is waited for, milliseconds each.
 *
 * @param call for one member's answer to a call, and to the beginning of a watch
 * @param silence of a watch, before its member is asked whether it still lives: one that hangs is
 *     as silent as one that has nothing to tell
 * @param probe for the answer to that
 * @param loss how long nodes have to lease anew in a cluster that lost all
 */
record Patience(long call, long silence, long probe, long loss) {
  static final Patience USUAL = new Patience(5_000, 15_000, 3_000, 60_000);
}
