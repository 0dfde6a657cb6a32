/** Kernel parameters under /proc/sys, in the words of sysctl(8). */
@NullMarked
package io.flannelj.sysctl;

import org.jspecify.annotations.NullMarked;
