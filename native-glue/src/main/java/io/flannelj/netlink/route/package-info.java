/**
 * rtnetlink (rtnetlink(7)): one package per object of {@code ip}, each with the same types: header,
 * attributes, message, constants under their kernel names, builders of requests, and small records
 * that say what an answer means.
 */
@NullMarked
package io.flannelj.netlink.route;

import org.jspecify.annotations.NullMarked;
