/**
 * The kernel tables over netlink and the monitor of kernel events. The first comment of each table
 * says what its key is, how we recognise our own after a restart, what the kernel changes behind
 * our back and what happens if we die in the middle.
 */
@NullMarked
package io.flannelj.kernel;

import org.jspecify.annotations.NullMarked;
