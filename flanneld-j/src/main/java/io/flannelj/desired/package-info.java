/**
 * What must exist in the kernel, as records keyed like the kernel keys its tables, printable as ip,
 * bridge, sysctl and nft commands. Pure.
 */
@NullMarked
package io.flannelj.desired;

import org.jspecify.annotations.NullMarked;
