package io.flannelj.cni.attachment;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.net.Ipv4Address;
import io.flannelj.testkit.Untrusted;
import java.util.Optional;

/** Sidecars of address records and lists of an attachment's addresses. */
class AttachmentFuzzTest {
  private static final Ipv4Address IP = Ipv4Address.parse("10.1.0.5");

  @FuzzTest
  void file(byte[] content) {
    Untrusted.within(
        () -> {
          Optional<AttachmentRecord> read = AttachmentText.read("net", IP, content);
          if (read.isPresent()) {
            Untrusted.same(read, AttachmentText.read("net", IP, AttachmentText.of(read.get())));
          }
          Untrusted.same(
              AttachmentText.readList(content),
              AttachmentText.readList(AttachmentText.list(AttachmentText.readList(content))));
        });
  }
}
