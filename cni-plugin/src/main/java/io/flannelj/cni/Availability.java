package io.flannelj.cni;

/** What the daemon that serves a call says of the node's network, for the verb STATUS. */
public sealed interface Availability {
  /** Nothing to say against an ADD. */
  record Available() implements Availability {}

  /**
   * An ADD could not be served: code 50.
   *
   * @param reason without the daemon's name
   */
  record NotAvailable(String reason) implements Availability {}

  /**
   * The node's network is not whole, for new containers and those that run: code 51.
   *
   * @param reason without the daemon's name
   */
  record Limited(String reason) implements Availability {}
}
