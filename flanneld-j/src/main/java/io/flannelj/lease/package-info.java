/**
 * Who has which subnet: leases as immutable records in flannel's JSON, snapshots of all of them
 * that share what did not change, and the admission of other nodes' data, which is untrusted input.
 */
@NullMarked
package io.flannelj.lease;

import org.jspecify.annotations.NullMarked;
