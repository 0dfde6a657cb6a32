/**
 * Network namespaces: work that must run inside one gets a fresh platform thread that enters it and
 * ends with the work, so that no thread of a pool is ever left in the wrong namespace.
 */
@NullMarked
package io.flannelj.netns;

import org.jspecify.annotations.NullMarked;
