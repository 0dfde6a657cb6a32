/**
 * Who has which subnet: leases as immutable records, snapshots of all of them, and the admission of
 * other nodes' data, which is untrusted input. Pure: no I/O, no clock.
 */
@NullMarked
package io.flannelj.lease;

import org.jspecify.annotations.NullMarked;
