/**
 * Real servers on this machine for tests: etcd and Kubernetes' API server, each with its files
 * below a directory of the test and ended by its process number. Tests that use one carry {@link
 * io.flannelj.testkit.servers.RequiresEtcd} or {@link
 * io.flannelj.testkit.servers.RequiresKubernetes} and are skipped, saying why, where the programs
 * are missing; {@code test-vms/servers/build} and {@code test-vms/lab test} bring them.
 */
@NullMarked
package io.flannelj.testkit.servers;

import org.jspecify.annotations.NullMarked;
