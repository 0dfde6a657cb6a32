/** Backends: pure functions from facts, configuration and leases to the desired state. */
@NullMarked
package io.flannelj.backend;

import org.jspecify.annotations.NullMarked;
