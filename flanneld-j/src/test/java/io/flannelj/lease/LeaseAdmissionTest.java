package io.flannelj.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseAdmissionTest {
  private final LeaseAdmission admission =
      new LeaseAdmission(
          List.of(IpPrefix.parse("10.244.0.0/16")),
          LeaseSubnets.ofIpv4(IpPrefix.parse("10.244.1.0/24")),
          List.of(Ipv4Address.parse("192.168.64.1")),
          "vxlan");

  private Optional<String> refusal(String key, String publicIp, String type)
      throws MalformedLeaseException {
    LeaseAttributes attributes = LeaseAttributes.ofIpv4(Ipv4Address.parse(publicIp), type, "");
    return admission.refusal(
        new Lease(LeaseSubnets.parseKey(key), attributes, "node2", Lease.NEVER));
  }

  @Test
  void admitsAPeer() throws MalformedLeaseException {
    assertThat(refusal("10.244.2.0-24", "192.168.64.2", "vxlan")).isEmpty();
    assertThat(refusal("10.244.3.0-26", "8.8.8.8", "vxlan")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.244.1.0-24, 192.168.64.2, vxlan, overlaps our own 10.244.1.0/24",
    "10.244.1.64-26, 192.168.64.2, vxlan, overlaps our own 10.244.1.0/24",
    "10.244.0.0-16, 192.168.64.2, vxlan, overlaps our own",
    "0.0.0.0-0, 192.168.64.2, vxlan, overlaps our own",
    "10.245.2.0-24, 192.168.64.2, vxlan, is not within Network 10.244.0.0/16",
    "10.244.2.0-24, 192.168.64.2, host-gw, 'its backend is \"host-gw\", ours is \"vxlan\"'",
    "10.244.2.0-24, 192.168.64.1, vxlan, its PublicIP 192.168.64.1 is our own",
    "10.244.2.0-24, 10.244.9.9, vxlan, lies within Network 10.244.0.0/16 itself",
    "10.244.2.0-24, 127.0.0.1, vxlan, is no address of a node",
    "10.244.2.0-24, 224.0.0.1, vxlan, is no address of a node",
    "10.244.2.0-24, 255.255.255.255, vxlan, is no address of a node",
    "10.244.2.0-24, 0.0.0.0, vxlan, is no address of a node",
  })
  void refusesWhatWouldHarmThisNode(String key, String publicIp, String type, String reason)
      throws MalformedLeaseException {
    assertThat(refusal(key, publicIp, type).orElse("admitted")).contains(reason);
  }

  @Test
  void refusesALeaseWithoutATunnelEndOfItsFamily() throws MalformedLeaseException {
    LeaseAttributes attributes =
        new LeaseAttributes(Optional.empty(), Optional.empty(), "vxlan", "", "");
    assertThat(
            admission.refusal(
                new Lease(
                    LeaseSubnets.parseKey("10.244.2.0-24"), attributes, "node2", Lease.NEVER)))
        .contains("it has no PublicIP");
  }
}
