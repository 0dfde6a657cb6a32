/**
 * What pods have left that the reference plugins (containernetworking/plugins) made, before this
 * node was switched to ours. Only what names the attachment is touched.
 */
@NullMarked
package io.flannelj.cni.reference;

import org.jspecify.annotations.NullMarked;
