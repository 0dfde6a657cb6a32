/**
 * Makes the kernel equal to the desired state: compare with a dump or with what was desired before,
 * apply the difference in order, retry what failed key by key. It reaches the kernel only through
 * the {@link io.flannelj.reconcile.KernelTable}s given to it, and time only through a given clock.
 */
@NullMarked
package io.flannelj.reconcile;

import org.jspecify.annotations.NullMarked;
