package io.flannelj.store.lastgood;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import java.util.zip.CRC32;

/**
 * The snapshot that a node boots from: any file is a snapshot, or is passed over for a reason; and
 * one that was read is written and read again as the same, whatever other nodes' leases say.
 */
class LastGoodFuzzTest {
  @FuzzTest
  void file(byte[] content) {
    Untrusted.within(
        () -> {
          Untrusted.only(IllegalArgumentException.class, () -> again(content));
          Untrusted.only(IllegalArgumentException.class, () -> again(whole(content)));
        });
  }

  /** The content with the end that belongs to it. */
  private static byte[] whole(byte[] content) {
    String text = new String(content, UTF_8);
    int end = text.indexOf("\nend ");
    String body = (end < 0 ? text.stripTrailing() : text.substring(0, end)) + "\n";
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(UTF_8));
    long leases = body.lines().count() - 1;
    return (body + "end " + leases + " " + String.format("%08x", crc.getValue()) + "\n")
        .getBytes(UTF_8);
  }

  private static void again(byte[] content) {
    LastGood read = LastGoodText.read(content);
    try {
      Untrusted.same(read, LastGoodText.read(LastGoodText.write(read)));
    } catch (IllegalArgumentException e) {
      throw new AssertionError("cannot read what was written of " + read, e);
    }
  }
}
