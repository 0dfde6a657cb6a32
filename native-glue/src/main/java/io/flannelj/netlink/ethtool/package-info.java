/**
 * Device features (offloads) over ethtool's generic netlink family, as {@code ethtool -k} and
 * {@code ethtool -K} show and set them.
 */
@NullMarked
package io.flannelj.netlink.ethtool;

import org.jspecify.annotations.NullMarked;
