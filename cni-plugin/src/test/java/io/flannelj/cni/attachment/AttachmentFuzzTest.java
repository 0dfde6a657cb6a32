package io.flannelj.cni.attachment;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.net.Ipv4Address;
import io.flannelj.testkit.Untrusted;
import java.nio.charset.StandardCharsets;
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
          String text = new String(content, StandardCharsets.UTF_8);
          Untrusted.same(
              AttachmentText.readList(text),
              AttachmentText.readList(AttachmentText.list(AttachmentText.readList(text))));
        });
  }
}
