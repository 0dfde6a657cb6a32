/**
 * The VXLAN backend: no multicast and no learning; each peer costs one route, one neighbour and one
 * FDB entry.
 */
@NullMarked
package io.flannelj.backend.vxlan;

import org.jspecify.annotations.NullMarked;
