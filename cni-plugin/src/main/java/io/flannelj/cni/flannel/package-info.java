/**
 * The plugin {@code flannel}: completes its configuration with what the daemon wrote to subnet.env,
 * and lets another plugin, by default bridge, do the work.
 */
@NullMarked
package io.flannelj.cni.flannel;

import org.jspecify.annotations.NullMarked;
