/** The plugin {@code bridge}: its configuration and the order of its steps. */
@NullMarked
package io.flannelj.cni.bridge;

import org.jspecify.annotations.NullMarked;
