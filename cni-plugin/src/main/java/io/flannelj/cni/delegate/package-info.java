/**
 * Plugins called on another plugin's behalf: ours run in this process, every other type is run on
 * the caller's side, as the runtime would have run it.
 */
@NullMarked
package io.flannelj.cni.delegate;

import org.jspecify.annotations.NullMarked;
