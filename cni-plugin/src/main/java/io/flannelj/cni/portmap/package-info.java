/** The plugin {@code portmap}: host ports of pods. */
@NullMarked
package io.flannelj.cni.portmap;

import org.jspecify.annotations.NullMarked;
