/** The CNI socket with the real launcher at its other end, and with callers that misbehave. */
@NullMarked
package io.flannelj.cni.server;

import org.jspecify.annotations.NullMarked;
