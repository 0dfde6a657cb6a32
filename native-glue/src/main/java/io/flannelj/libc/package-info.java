/**
 * The only foreign functions of the project: some forty calls of glibc through jnr-ffi, with errno
 * read at once and turned into {@link io.flannelj.libc.NativeException}. Nothing else may import
 * jnr.
 */
@NullMarked
package io.flannelj.libc;

import org.jspecify.annotations.NullMarked;
