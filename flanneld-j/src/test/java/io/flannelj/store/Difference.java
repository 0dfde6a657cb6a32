package io.flannelj.store;

/** What a store may not have by its nature. */
public enum Difference {
  /** Subnets are given to nodes by somebody else. */
  SUBNETS_ARE_GIVEN,
  /** A lease ends when its node is removed, never by itself. */
  LEASES_DO_NOT_END,
  /** Subnets cannot be kept for nodes by an administrator. */
  NO_RESERVATIONS
}
