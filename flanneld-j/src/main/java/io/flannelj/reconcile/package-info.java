/**
 * Makes the kernel equal to the desired state: dump what is ours, compute the difference, apply it,
 * remember what failed. Pure but for the {@link io.flannelj.reconcile.KernelTable}s given to it.
 */
@NullMarked
package io.flannelj.reconcile;

import org.jspecify.annotations.NullMarked;
