package io.flannelj.store.kubernetes;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseAdmission;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.testkit.Untrusted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Nodes as an API server, or whoever answers in its place, may send them: what is read fails as
 * declared, ends soon, keeps little of each node, and no lease that would do harm is admitted; of
 * what is known nobody holds two subnets, and no subnet has two holders.
 *
 * <p>Input: a letter (l, n, w, f for a list, a Node, a watch, a failure; in upper case in the
 * binary form), then the answer's body.
 */
class NodeFuzzTest {
  private static final String JSON = "application/json";
  private static final String BINARY = "application/vnd.kubernetes.protobuf;stream=watch";
  private static final int MOST_KEPT = 2048;
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final IpPrefix OWN = IpPrefix.parse("10.244.9.0/24");
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:09");
  private static final LeaseAdmission ADMISSION =
      new LeaseAdmission(NETWORK, OWN, 1, Ipv4Address.parse("192.0.2.9"), MAC);

  @FuzzTest
  void answer(byte[] input) {
    if (input.length == 0) {
      return;
    }
    char what = (char) (input[0] & 0xff);
    String type = Character.isUpperCase(what) ? BINARY : JSON;
    InputStream body = new ByteArrayInputStream(Arrays.copyOfRange(input, 1, input.length));
    NodeFormat format = new NodeFormat("flannel.alpha.coreos.com/");
    Set<String> reported = new HashSet<>();
    KnownNodes known = new KnownNodes(NodeLease::read, reported::add);
    Untrusted.within(
        () ->
            Untrusted.only(
                IOException.class,
                () -> {
                  switch (Character.toLowerCase(what)) {
                    case 'l' -> format.list(type, body, node -> put(known, node));
                    case 'n' -> put(known, format.single(type, body));
                    case 'w' -> follow(format.events(type, body), known);
                    default -> Untrusted.shown(NodeFormat.failure(type, body));
                  }
                }));
    holdsTogether(known);
    reported.forEach(text -> Untrusted.named(text, new IllegalStateException(text)));
  }

  private static void put(KnownNodes known, KubeNode node) {
    node.annotations()
        .values()
        .forEach(
            text -> {
              if (text.length() > MOST_KEPT) {
                throw new AssertionError("keeps " + text.length() + " characters");
              }
            });
    known.put(node);
  }

  private static void follow(NodeFormat.Events events, KnownNodes known) throws IOException {
    for (Optional<NodeReader.Event> event = events.next();
        event.isPresent();
        event = events.next()) {
      if (event.get() instanceof NodeReader.Event.Present present) {
        put(known, present.node());
      } else if (event.get() instanceof NodeReader.Event.Gone gone) {
        known.remove(gone.node().name());
      }
      holdsTogether(known);
    }
  }

  private static void holdsTogether(KnownNodes known) {
    Set<String> holders = new HashSet<>();
    known
        .publish()
        .forEach(
            (subnet, lease) -> {
              Untrusted.same(subnet, lease.subnet());
              if (!holders.add(lease.node())) {
                throw new AssertionError(lease.node() + " has two subnets");
              }
              isHarmless(lease);
            });
  }

  private static void isHarmless(Lease lease) {
    boolean harmless =
        NETWORK.contains(lease.subnet())
            && !lease.subnet().overlaps(OWN)
            && lease.vtepMac().isPresent()
            && lease.vtepMac().get().isUnicast()
            && !lease.vtepMac().get().equals(MAC)
            && lease.publicIp().isIpv4()
            && !NETWORK.contains(lease.publicIp());
    if (ADMISSION.refusal(lease).isEmpty() && !harmless) {
      throw new AssertionError("admitted: " + lease);
    }
  }
}
