package io.flannelj.store.kubernetes;

import java.time.Duration;

/**
 * How long silence is borne. A server or a way to it that is lost without a word (a router that
 * drops, a machine that hangs) ends no connection, and without a bound a list or a watch would wait
 * for ever.
 *
 * @param answer for an answer to begin, and between two parts of it
 * @param watch between two parts of a watch: the server sends a bookmark each minute or so
 */
record Patience(Duration answer, Duration watch) {
  static final Patience USUAL = new Patience(Duration.ofSeconds(20), Duration.ofSeconds(100));
}
