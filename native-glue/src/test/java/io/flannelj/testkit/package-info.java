/**
 * What tests of all modules share: a kernel in memory, namespaces that vanish with the test, and
 * captured messages. The kit is itself tested against the real kernel.
 */
@NullMarked
package io.flannelj.testkit;

import org.jspecify.annotations.NullMarked;
