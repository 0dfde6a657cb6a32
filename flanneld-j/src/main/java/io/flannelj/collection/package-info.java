/** Collections that the JDK lacks. Pure Java: no I/O, no clock. */
@NullMarked
package io.flannelj.collection;

import org.jspecify.annotations.NullMarked;
