package io.flannelj.netlink.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The kernel's table of connections; {@code /proc/net/nf_conntrack} and conntrack(8) say what is.
 */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class ConntrackKernelTest {
  private static final int UDP = 17;

  private final TestNamespace node = new TestNamespace();
  private final NetlinkSocket kernel = node.namespace().openNetlink(NetlinkFamily.NETFILTER);

  @BeforeEach
  void talk() {
    node.sh("ip link set lo up");
    node.sh("ip address add 192.0.2.1/32 dev lo");
    node.run(
        "sh",
        "-c",
        "nft 'table inet t { chain c { type filter hook prerouting priority 0; policy accept;"
            + " ct state new accept; }; }'");
    for (String command :
        List.of(
            "socket.AF_INET, '192.0.2.1', 5353",
            "socket.AF_INET, '127.0.0.1', 5353",
            "socket.AF_INET, '127.0.0.1', 5354",
            "socket.AF_INET6, '::1', 5353")) {
      String[] words = command.split(", ");
      node.run(
          "python3",
          "-c",
          "import socket; s = socket.socket(%s, socket.SOCK_DGRAM); s.sendto(b'x', (%s, %s))"
              .formatted((Object[]) words));
    }
  }

  @AfterEach
  void close() {
    kernel.close();
    node.close();
  }

  private String table() {
    return node.sh("cat /proc/thread-self/net/nf_conntrack");
  }

  @Test
  void listsWhatLeadsToAPortInOneFamily() {
    assertThat(Conntrack.show(kernel, Conntrack.NFPROTO_IPV4, UDP, 5353))
        .extracting(entry -> entry.original().destination().toString())
        .containsExactlyInAnyOrder("192.0.2.1", "127.0.0.1");
    assertThat(Conntrack.show(kernel, Conntrack.NFPROTO_IPV6, UDP, 5353))
        .extracting(entry -> entry.original().destination().toString())
        .containsExactly("::1");
    assertThat(Conntrack.show(kernel, Conntrack.NFPROTO_IPV4, 6, 5353)).isEmpty();
    // The filter is the kernel's: what it sends is no more than what was asked for.
    assertThat(kernel.dump(Conntrack.list(Conntrack.NFPROTO_IPV4, UDP, 5354))).hasSize(1);
  }

  @Test
  void deletesOneAndNoOther() {
    ConntrackEntry one =
        Conntrack.show(kernel, Conntrack.NFPROTO_IPV4, UDP, 5353).stream()
            .filter(entry -> entry.original().destination().toString().equals("192.0.2.1"))
            .findFirst()
            .orElseThrow();
    String before = table();

    kernel.execute(Conntrack.delete(one));

    assertThat(before).contains("dst=192.0.2.1");
    assertThat(table())
        .doesNotContain("dst=192.0.2.1")
        .contains("dst=127.0.0.1", "dport=5354", "0000:0001");
    assertThatThrownBy(() -> kernel.execute(Conntrack.delete(one)))
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessageContaining("192.0.2.1 port 5353");
  }
}
