/**
 * nf_tables tables whose chains and rules never change: what belongs to one attachment is elements
 * of their sets and maps, so a packet costs the same with one pod and with hundreds.
 */
@NullMarked
package io.flannelj.cni.rules;

import org.jspecify.annotations.NullMarked;
