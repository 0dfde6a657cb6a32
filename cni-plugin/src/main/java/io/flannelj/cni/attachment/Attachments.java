package io.flannelj.cni.attachment;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.CallerFiles;
import io.flannelj.net.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The files of {@link AttachmentRecord}, {@code /run/flannel/attachments/<network>/<ip>}, and the
 * locks of attachments, {@code /run/flannel/locks}. Both are on tmpfs: nothing waits for a disk,
 * and a reboot leaves none. A record counts only where host-local's own record of the address names
 * the same attachment.
 */
public final class Attachments {
  private static final String RECORDS = "/run/flannel/attachments/";
  private static final String LOCKS = "/run/flannel/locks";
  private static final int PRIVATE_FILE = 0600;
  private static final int DIRECTORY = 0755;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final String bootId;
  private final HostVeths hostVeths;

  /**
   * Over the caller's files.
   *
   * @param bootId /proc/sys/kernel/random/boot_id, trimmed
   * @param hostVeths tells which host ends are gone
   */
  public Attachments(String bootId, HostVeths hostVeths) {
    this.bootId = bootId;
    this.hostVeths = hostVeths;
  }

  /** This boot's ID. */
  public String bootId() {
    return bootId;
  }

  /** Writes a record, over an earlier one of the address. */
  public void put(CallerFiles files, AttachmentRecord record) {
    String text =
        record.attachment().containerId()
            + "\n"
            + record.attachment().ifName()
            + "\n"
            + record.holder()
            + "\n"
            + record.bootId()
            + "\n"
            + record.netnsCookie()
            + "\n"
            + record.hostVeth()
            + "\n"
            + record.hostIndex()
            + "\n";
    try (CallerDirectory directory =
        files.makeDirectory(RECORDS + record.attachment().network(), DIRECTORY)) {
      directory.replace(
          record.ip().toString(), text.getBytes(StandardCharsets.UTF_8), PRIVATE_FILE);
    }
  }

  /** The record of an address; nothing if there is none that can be read. */
  public Optional<AttachmentRecord> find(CallerFiles files, String network, IpAddress ip) {
    Optional<byte[]> content = files.read(RECORDS + network + "/" + ip);
    return content.isPresent() ? read(network, ip, content.get()) : Optional.empty();
  }

  /** All records of one attachment. */
  public List<AttachmentRecord> of(CallerFiles files, Attachment attachment) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(RECORDS + attachment.network());
    if (opened.isEmpty()) {
      return found;
    }
    try (CallerDirectory directory = opened.get()) {
      for (String name : directory.names()) {
        Optional<byte[]> content = directory.read(name);
        Optional<IpAddress> ip = address(name);
        if (content.isPresent() && ip.isPresent()) {
          Optional<AttachmentRecord> record = read(attachment.network(), ip.get(), content.get());
          if (record.isPresent() && record.get().attachment().equals(attachment)) {
            found.add(record.get());
          }
        }
      }
    }
    return found;
  }

  /** Removes the record of an address; there may be none. */
  public void remove(CallerFiles files, String network, IpAddress ip) {
    Optional<CallerDirectory> opened = files.directory(RECORDS + network);
    if (opened.isPresent()) {
      try (CallerDirectory directory = opened.get()) {
        directory.remove(ip.toString());
      }
    }
  }

  /**
   * Whether an attachment has certainly ended without its DEL: it is of another boot, or the host
   * end of its veth is gone and no call works on it.
   *
   * @param own the attachment whose lock the present call holds
   */
  public boolean isDead(CallerFiles files, AttachmentRecord record, Attachment own) {
    if (!record.bootId().equals(bootId)) {
      return true;
    }
    if (record.hostVeth().isEmpty() || !hostVeths.isGone(record)) {
      return false;
    }
    if (record.attachment().equals(own)) {
      return true;
    }
    // Its ADD may be about to make the veth, or its DEL about to release the address.
    Optional<FileLock> lock = lock(files, record.holder(), record.attachment(), Duration.ZERO);
    if (lock.isEmpty()) {
      return false;
    }
    lock.get().close();
    return hostVeths.isGone(record);
  }

  /**
   * Takes the lock of an attachment: a DEL waits for its running ADD.
   *
   * @param holder type of the plugin that the runtime called; a plugin that is executed on another
   *     one's behalf must not wait for that one
   * @return nothing if another call holds it for longer than {@code patience}
   */
  public Optional<FileLock> lock(
      CallerFiles files, String holder, Attachment attachment, Duration patience) {
    String name = lockName(holder, attachment);
    try (CallerDirectory directory = files.makeDirectory(LOCKS, DIRECTORY)) {
      return directory.lockUntilRemoved(name, PRIVATE_FILE, patience);
    }
  }

  private static String lockName(String holder, Attachment attachment) {
    long hash = FNV_OFFSET;
    for (byte octet : (holder + "/" + attachment).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return HexFormat.of().toHexDigits(hash);
  }

  private static Optional<IpAddress> address(String name) {
    try {
      return Optional.of(IpAddress.parse(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<AttachmentRecord> read(String network, IpAddress ip, byte[] content) {
    String[] lines = new String(content, StandardCharsets.UTF_8).split("\n", -1);
    if (lines.length < 7) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new AttachmentRecord(
              ip,
              new Attachment(network, lines[0], lines[1]),
              lines[2],
              lines[3],
              Long.parseLong(lines[4]),
              lines[5],
              Integer.parseInt(lines[6])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
