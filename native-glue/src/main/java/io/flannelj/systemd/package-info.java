/** sd_notify(3): tells the service manager that the daemon is ready, alive or stopping. */
@NullMarked
package io.flannelj.systemd;

import org.jspecify.annotations.NullMarked;
