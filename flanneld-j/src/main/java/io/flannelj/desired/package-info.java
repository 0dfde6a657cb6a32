/**
 * What must exist in the kernel, as records keyed as the kernel keys its tables. Pure data:
 * printable as sysctl, ip, bridge and nft commands, and comparable with what a dump found.
 */
@NullMarked
package io.flannelj.desired;

import org.jspecify.annotations.NullMarked;
