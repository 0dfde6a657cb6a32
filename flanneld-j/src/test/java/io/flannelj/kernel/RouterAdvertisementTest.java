package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that has its own default route from a router keeps it when it begins to forward. */
@Tag("netns")
@RequiresRoot
class RouterAdvertisementTest {
  private static final String ACCEPT = "net/ipv6/conf/eth0/accept_ra";
  private static final String FORWARDING = "net/ipv6/conf/all/forwarding";

  /** Sends one to all nodes on the link: the kernel believes hop limit 255 only. */
  private static final String ADVERTISE =
      """
      import socket, struct
      s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
      s.setsockopt(41, 18, 255)
      router = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
      s.sendto(router, ("ff02::1", 0, 0, socket.if_nametoindex("far")))
      """;

  @Test
  @Timeout(60)
  void theDefaultRouteOfARouterAdvertisementSurvivesForwarding() {
    assumeTrue(Files.exists(Path.of("/usr/bin/python3")), "python3 sends the advertisement");
    try (TestNamespace node = new TestNamespace();
        TestNamespace router = new TestNamespace()) {
      node.sh("ip link add eth0 type veth peer name far netns " + router.path());
      router.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/far/accept_dad");
      node.sh("ip link set eth0 up");
      router.sh("ip link set far up");
      while (!defaultRoute(node).contains("proto ra")) {
        router.run("sh", "-c", "python3 -c '" + ADVERTISE + "' || true");
      }
      Map<String, RuntimeException> failures =
          node.namespace()
              .call(
                  () ->
                      new SysctlTable(new Sysctl())
                          .apply(Map.of(FORWARDING, "1", ACCEPT, "2"), Map.of()));
      assertThat(failures).isEmpty();
      assertThat(defaultRoute(node)).contains("proto ra");
      assertThat(node.run("cat", "/proc/sys/" + FORWARDING).strip()).isEqualTo("1");
    }
  }

  private static String defaultRoute(TestNamespace node) {
    return node.run("ip", "-6", "route", "show", "default");
  }
}
