/** The plugin {@code loopback}. */
@NullMarked
package io.flannelj.cni.loopback;

import org.jspecify.annotations.NullMarked;
