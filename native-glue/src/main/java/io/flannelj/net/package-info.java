/**
 * Value types of the network: addresses, prefixes and MACs as immutable records. They parse and
 * print the text that {@code ip} prints and never touch {@code java.net.InetAddress}, which folds
 * IPv4-mapped addresses and may look names up.
 */
@NullMarked
package io.flannelj.net;

import org.jspecify.annotations.NullMarked;
