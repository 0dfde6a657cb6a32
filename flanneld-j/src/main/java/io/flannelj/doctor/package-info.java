/**
 * {@code flanneld-j doctor}: facts read from the node, and checks that judge them and name the
 * command that mends. Reading changes nothing; judging is pure.
 */
@NullMarked
package io.flannelj.doctor;

import org.jspecify.annotations.NullMarked;
