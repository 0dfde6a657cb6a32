/**
 * The last good snapshot: what the store said when it was last in sync, kept on the node so that it
 * boots without its store.
 */
@NullMarked
package io.flannelj.store.lastgood;

import org.jspecify.annotations.NullMarked;
