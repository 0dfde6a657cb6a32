/**
 * The kernel's side of a pod's attachment: the bridge on the host, the veth pair, what is
 * configured inside the pod's namespace, and how all that is taken back. Knows nothing of CNI's
 * JSON.
 */
@NullMarked
package io.flannelj.cni.pod;

import org.jspecify.annotations.NullMarked;
