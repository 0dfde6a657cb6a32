/**
 * A small immutable JSON tree over jackson-core's streaming parser, printed the way Go's
 * encoding/json prints. It serves the CNI path, where a first call must be fast, and the daemon's
 * configuration and lease files.
 */
@NullMarked
package io.flannelj.cni.json;

import org.jspecify.annotations.NullMarked;
