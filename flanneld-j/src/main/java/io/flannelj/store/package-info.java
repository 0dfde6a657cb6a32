/** Lease stores: where nodes tell each other who has which subnet. */
@NullMarked
package io.flannelj.store;

import org.jspecify.annotations.NullMarked;
