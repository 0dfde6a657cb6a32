/**
 * The daemon's wiring: one thread that owns the node's state, fed by store, kernel events and
 * timers.
 */
@NullMarked
package io.flannelj.daemon;

import org.jspecify.annotations.NullMarked;
