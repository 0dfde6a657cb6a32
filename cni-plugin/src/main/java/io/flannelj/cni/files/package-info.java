/**
 * The caller's files over libc: every path stays below an open root directory, locks are flock(2)
 * as the reference plugins take them.
 */
@NullMarked
package io.flannelj.cni.files;

import org.jspecify.annotations.NullMarked;
