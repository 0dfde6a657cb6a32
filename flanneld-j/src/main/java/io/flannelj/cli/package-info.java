/** The command line: run, status, leases, plan. */
@NullMarked
package io.flannelj.cli;

import org.jspecify.annotations.NullMarked;
