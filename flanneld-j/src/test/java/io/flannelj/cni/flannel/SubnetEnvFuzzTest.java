package io.flannelj.cni.flannel;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.testkit.Untrusted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

/**
 * subnet.env, read by the plugin and by the daemon after a restart: neither fails but as declared,
 * and what the daemon writes of it both read again.
 */
class SubnetEnvFuzzTest {
  private static final String PATH = "/run/flannel/subnet.env";

  @TempDir private static Path directory = Path.of("");

  @FuzzTest
  void file(byte[] content) {
    Untrusted.within(
        () -> {
          for (AddressFamily family : AddressFamily.values()) {
            Optional<IpPrefix> previous = previous(content, family);
            if (previous.isPresent() && !previous.get().isMasked()) {
              throw new AssertionError("no subnet: " + previous.get());
            }
          }
          Untrusted.only(
              IllegalArgumentException.class,
              () -> {
                SubnetEnv read;
                try {
                  read = SubnetEnv.parse(PATH, content);
                } catch (IllegalArgumentException e) {
                  if (!String.valueOf(e.getMessage()).contains(PATH)) {
                    throw new AssertionError("does not name the file: " + e.getMessage(), e);
                  }
                  throw e;
                }
                written(read);
              });
        });
  }

  private static void written(SubnetEnv read) {
    List<SubnetPool> pools = new ArrayList<>();
    Optional<Lease> lease = Optional.empty();
    if (read.subnet().isPresent() && !read.networks().isEmpty()) {
      pools.add(pool(read.networks().get(0)));
      lease = Optional.of(lease(read.subnet().get()));
    }
    if (read.ipv6Subnet().isPresent() && !read.ipv6Networks().isEmpty()) {
      pools.add(pool(read.ipv6Networks().get(0)));
      Lease half = lease(read.ipv6Subnet().get());
      lease = Optional.of(lease.isPresent() ? lease.get().withIpv6(half) : half);
    }
    // A lease is at least a /30, or the gateway's address is in another subnet.
    if (lease.isEmpty() || lease.get().subnets().stream().anyMatch(SubnetEnvFuzzTest::isTiny)) {
      return;
    }
    String text =
        new io.flannelj.daemon.SubnetEnv(pools, lease.get(), read.mtu(), read.ipMasq()).text();
    SubnetEnv again;
    try {
      again = SubnetEnv.parse(PATH, text.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new AssertionError("cannot read what was written: " + text, e);
    }
    List<IpPrefix> subnets = new ArrayList<>();
    again.subnet().ifPresent(subnets::add);
    again.ipv6Subnet().ifPresent(subnets::add);
    Untrusted.same(lease.get().subnets(), subnets);
    for (IpPrefix subnet : subnets) {
      byte[] written = text.getBytes(StandardCharsets.UTF_8);
      Untrusted.same(subnet, previous(written, AddressFamily.of(subnet)).orElseThrow());
    }
    Untrusted.same(read.mtu(), again.mtu());
    Untrusted.same(read.ipMasq(), again.ipMasq());
  }

  private static boolean isTiny(IpPrefix subnet) {
    return subnet.length() > subnet.address().bitLength() - 2;
  }

  private static SubnetPool pool(IpPrefix network) {
    return new SubnetPool(network, network.length(), network.address(), network.address());
  }

  private static Lease lease(IpPrefix subnet) {
    return new Lease(
        "node", subnet, subnet.address(), "vxlan", 1, Optional.empty(), Long.MAX_VALUE);
  }

  private static Optional<IpPrefix> previous(byte[] content, AddressFamily family) {
    try {
      Path file = directory.resolve("subnet.env");
      Files.write(file, content);
      return io.flannelj.daemon.SubnetEnv.previousSubnet(file, family);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
