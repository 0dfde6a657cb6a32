/**
 * Counters and their Prometheus page, {@code /metrics}. Counting costs an increment; everything
 * else happens when somebody asks.
 */
@NullMarked
package io.flannelj.status.metrics;

import org.jspecify.annotations.NullMarked;
