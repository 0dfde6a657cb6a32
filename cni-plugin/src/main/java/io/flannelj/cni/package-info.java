/**
 * The CNI protocol, specification 0.1.0 to 1.1.0: what a call is, how it is checked and answered,
 * and what a plugin sees of it. The plugins themselves are in packages below.
 */
@NullMarked
package io.flannelj.cni;

import org.jspecify.annotations.NullMarked;
