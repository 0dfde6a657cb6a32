/**
 * host-local: addresses of the node's own subnet, recorded in the same files and under the same
 * lock as the reference plugin's, so that both can work on one directory at the same time.
 */
@NullMarked
package io.flannelj.cni.ipam;

import org.jspecify.annotations.NullMarked;
