/**
 * The embedded store: one JSON file per lease in a directory that nodes on one machine, or on a
 * shared file system, have in common.
 */
@NullMarked
package io.flannelj.store.directory;

import org.jspecify.annotations.NullMarked;
