package io.flannelj.reconcile;

/**
 * How a table stands after a round.
 *
 * @param table its name
 * @param desired number of objects that must exist
 * @param failed number of objects that could not be brought about
 * @param changed number of objects that the last round put or removed
 * @param firstError why one of them failed, empty if none
 */
public record TableStatus(String table, int desired, int failed, int changed, String firstError) {}
