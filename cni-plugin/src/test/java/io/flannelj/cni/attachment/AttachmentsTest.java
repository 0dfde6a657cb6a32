package io.flannelj.cni.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.net.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AttachmentsTest {
  private static final String DIR = "/run/flannel/attachments/net/";
  private static final Attachment A = new Attachment("net", "a", "eth0");
  private static final Attachment B = new Attachment("net", "b", "eth0");

  @TempDir Path root;
  private final Set<String> gone = new HashSet<>();
  private FakeCaller caller;
  private Attachments attachments;

  @BeforeEach
  void setUp() {
    caller = new FakeCaller(root);
    attachments = new Attachments("boot", record -> gone.contains(record.hostVeth()));
  }

  @AfterEach
  void tearDown() {
    caller.close();
  }

  private static AttachmentRecord record(String ip, Attachment attachment, String boot) {
    return new AttachmentRecord(IpAddress.parse(ip), attachment, "flannel", boot, -3L, "veth0", 42);
  }

  @Test
  void recordsAreFoundByAddressAndByAttachment() {
    AttachmentRecord v4 = record("10.1.0.2", A, "boot");
    AttachmentRecord v6 = record("2001:db8::2", A, "boot");
    AttachmentRecord other = record("10.1.0.3", B, "boot");
    attachments.put(caller.files(), List.of(v4));
    attachments.put(caller.files(), List.of(v6));
    attachments.put(caller.files(), List.of(other));
    assertThat(attachments.find(caller.files(), "net", v4.ip())).contains(v4);
    assertThat(attachments.of(caller.files(), A)).containsExactly(v4, v6);
    assertThat(attachments.of(caller.files(), B)).containsExactly(other);
    assertThat(attachments.of(caller.files(), new Attachment("net", "a", "eth1"))).isEmpty();
    assertThat(attachments.of(caller.files(), new Attachment("none", "a", "eth0"))).isEmpty();
    attachments.remove(caller.files(), "net", v4.ip());
    assertThat(attachments.of(caller.files(), A)).containsExactly(v6);
    attachments.remove(caller.files(), "net", v6.ip());
    attachments.remove(caller.files(), "net", other.ip());
    attachments.remove(caller.files(), "net", other.ip());
    assertThat(caller.path(DIR)).isEmptyDirectory();
  }

  @Test
  void aLostListIsMadeUpForByLookingThroughTheRecords() throws Exception {
    AttachmentRecord one = record("10.1.0.2", A, "boot");
    attachments.put(caller.files(), List.of(one));
    try (var names = Files.list(caller.path(DIR))) {
      for (Path path : names.toList()) {
        if (path.getFileName().toString().startsWith("of-")) {
          Files.delete(path);
        }
      }
    }
    assertThat(attachments.of(caller.files(), A)).containsExactly(one);
  }

  @Test
  void anAddressGivenToAnotherIsNobodysButItsNewOwners() {
    attachments.put(caller.files(), List.of(record("10.1.0.2", A, "boot")));
    AttachmentRecord taken = record("10.1.0.2", B, "boot");
    attachments.put(caller.files(), List.of(taken));
    assertThat(attachments.of(caller.files(), A)).isEmpty();
    assertThat(attachments.of(caller.files(), B)).containsExactly(taken);
  }

  @Test
  void filesThatCannotBeReadCountForNothing() {
    caller.write(DIR + "10.1.0.2", "").write(DIR + "10.1.0.3", "a\neth0\n").write(DIR + "x", "y");
    assertThat(attachments.find(caller.files(), "net", IpAddress.parse("10.1.0.2"))).isEmpty();
    assertThat(attachments.of(caller.files(), A)).isEmpty();
  }

  @Test
  void deadIsWhatIsOfAnotherBootOrHasLostItsVethWhileNobodyWorksOnIt() {
    AttachmentRecord record = record("10.1.0.2", A, "boot");
    assertThat(attachments.isDead(caller.files(), record("10.1.0.2", A, "old"), B)).isTrue();
    assertThat(attachments.isDead(caller.files(), record, B)).isFalse();
    gone.add("veth0");
    try (FileLock lock =
        attachments.lock(caller.files(), "flannel", A, Duration.ZERO).orElseThrow()) {
      assertThat(lock).isNotNull();
      assertThat(attachments.isDead(caller.files(), record, B)).isFalse();
      assertThat(attachments.isDead(caller.files(), record, A)).isTrue();
      assertThat(attachments.lock(caller.files(), "flannel", A, Duration.ZERO)).isEmpty();
      // A foreign plugin in between may run our host-local for the same attachment.
      attachments.lock(caller.files(), "host-local", A, Duration.ZERO).orElseThrow().close();
    }
    assertThat(attachments.isDead(caller.files(), record, B)).isTrue();
  }
}
