/** Flags, environment and net-conf.json as immutable, validated records. Pure: no I/O. */
@NullMarked
package io.flannelj.config;

import org.jspecify.annotations.NullMarked;
