package io.flannelj.store.directory;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseAdmission;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.testkit.Untrusted;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Files of a store directory, which whoever may write there has written: a file is a lease that is
 * written and read again as the same, or is passed over for a reason; and no lease that would do
 * harm is admitted.
 *
 * <p>Input: the file's name, a line feed, its content.
 */
class LeaseFileFuzzTest {
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final IpPrefix OWN = IpPrefix.parse("10.244.9.0/24");
  private static final IpPrefix OTHER = IpPrefix.parse("10.244.1.0/24");
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:09");
  private static final LeaseAdmission ADMISSION =
      new LeaseAdmission(NETWORK, OWN, 1, Ipv4Address.parse("192.0.2.9"), MAC);

  @FuzzTest
  void file(byte[] input) {
    int end = 0;
    while (end < input.length && input[end] != '\n') {
      end++;
    }
    String name = new String(input, 0, end, StandardCharsets.UTF_8);
    byte[] content = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
    Untrusted.within(
        () -> {
          Optional<SubnetKey> named = LeaseFile.keyOf(name);
          named.ifPresent(known -> Untrusted.same(name, LeaseFile.nameOf(known)));
          SubnetKey key = named.orElse(new SubnetKey(OTHER, Optional.empty()));
          Untrusted.only(
              IllegalArgumentException.class, () -> require(LeaseFile.read(key, content)));
        });
  }

  private static void require(Lease lease) {
    Lease again;
    try {
      again = LeaseFile.read(lease.key(), LeaseFile.write(lease));
    } catch (IllegalArgumentException e) {
      throw new AssertionError("cannot read what was written of " + lease, e);
    }
    Untrusted.same(lease, again);
    Optional<String> refusal = ADMISSION.refusal(lease);
    boolean harmless =
        NETWORK.contains(lease.subnet())
            && !lease.subnet().overlaps(OWN)
            && lease.vtepMac().isPresent()
            && lease.vtepMac().get().isUnicast()
            && !lease.vtepMac().get().equals(MAC)
            && lease.publicIp().isIpv4()
            && !NETWORK.contains(lease.publicIp());
    if (refusal.isEmpty() && !harmless) {
      throw new AssertionError("admitted: " + lease);
    }
  }
}
