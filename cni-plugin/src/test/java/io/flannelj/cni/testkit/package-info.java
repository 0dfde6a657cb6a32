/**
 * Callers for tests: files below a temporary directory, pods and foreign plugins that are fakes.
 */
@NullMarked
package io.flannelj.cni.testkit;

import org.jspecify.annotations.NullMarked;
