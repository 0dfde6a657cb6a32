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
import java.util.function.Predicate;

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

  /** Writes the records of one attachment, over earlier ones of their addresses. */
  public void put(CallerFiles files, List<AttachmentRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    Attachment attachment = records.get(0).attachment();
    try (CallerDirectory directory =
        files.makeDirectory(RECORDS + attachment.network(), DIRECTORY)) {
      List<IpAddress> addresses = new ArrayList<>();
      for (AttachmentRecord record : records) {
        directory.replace(
            record.ip().toString(),
            temporary(record.ip()),
            AttachmentText.of(record),
            PRIVATE_FILE);
        addresses.add(record.ip());
      }
      if (!directory.link(key(attachment), AttachmentText.list(addresses))) {
        List<IpAddress> known = addresses(directory, attachment);
        known.removeAll(addresses);
        known.addAll(addresses);
        directory.remove(key(attachment));
        directory.link(key(attachment), AttachmentText.list(known));
      }
    }
  }

  /** The record of an address; nothing if there is none that can be read. */
  public Optional<AttachmentRecord> find(CallerFiles files, String network, IpAddress ip) {
    Optional<byte[]> content = files.read(RECORDS + network + "/" + ip);
    return content.isPresent() ? AttachmentText.read(network, ip, content.get()) : Optional.empty();
  }

  /** All records of one attachment, by its list of addresses, else by looking through them all. */
  public List<AttachmentRecord> of(CallerFiles files, Attachment attachment) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(RECORDS + attachment.network());
    if (opened.isEmpty()) {
      return found;
    }
    try (CallerDirectory directory = opened.get()) {
      for (IpAddress ip : addresses(directory, attachment)) {
        addIfOf(attachment, directory, ip, found);
      }
      if (found.isEmpty()) {
        for (String name : directory.names()) {
          Optional<IpAddress> ip = AttachmentText.address(name);
          if (ip.isPresent()) {
            addIfOf(attachment, directory, ip.get(), found);
          }
        }
      }
    }
    return found;
  }

  /** All records of a network that can be read. */
  public List<AttachmentRecord> ofNetwork(CallerFiles files, String network) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(RECORDS + network);
    if (opened.isEmpty()) {
      return found;
    }
    try (CallerDirectory directory = opened.get()) {
      for (String name : directory.names()) {
        Optional<IpAddress> ip = AttachmentText.address(name);
        if (ip.isPresent()) {
          read(directory, network, ip.get()).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  /** All records of all networks that can be read. */
  public List<AttachmentRecord> all(CallerFiles files) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(RECORDS);
    if (opened.isPresent()) {
      try (CallerDirectory directory = opened.get()) {
        directory.names().forEach(network -> found.addAll(ofNetwork(files, network)));
      }
    }
    return found;
  }

  private static void addIfOf(
      Attachment attachment,
      CallerDirectory directory,
      IpAddress ip,
      List<AttachmentRecord> found) {
    Optional<AttachmentRecord> record = read(directory, attachment.network(), ip);
    if (record.isPresent() && record.get().attachment().equals(attachment)) {
      found.add(record.get());
    }
  }

  /**
   * Living attachments of a network by their addresses, such as those outside of a subnet. Costs
   * reading the directory, and one file for each address that is wanted.
   */
  public List<AttachmentRecord> living(
      CallerFiles files, String network, Predicate<IpAddress> wanted) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(RECORDS + network);
    if (opened.isEmpty()) {
      return found;
    }
    try (CallerDirectory directory = opened.get()) {
      for (String name : directory.names()) {
        AttachmentText.address(name)
            .filter(wanted)
            .flatMap(ip -> read(directory, network, ip))
            .filter(record -> record.bootId().equals(bootId))
            .filter(record -> record.hostVeth().isEmpty() || !hostVeths.isGone(record))
            .ifPresent(found::add);
      }
    }
    return found;
  }

  /** Names of the networks that have records. */
  public List<String> networks(CallerFiles files) {
    Optional<CallerDirectory> opened = files.directory(RECORDS);
    if (opened.isEmpty()) {
      return List.of();
    }
    try (CallerDirectory directory = opened.get()) {
      return directory.names();
    }
  }

  /** Removes the record of an address; there may be none. */
  public void remove(CallerFiles files, String network, IpAddress ip) {
    Optional<CallerDirectory> opened = files.directory(RECORDS + network);
    if (opened.isEmpty()) {
      return;
    }
    try (CallerDirectory directory = opened.get()) {
      Optional<AttachmentRecord> record = read(directory, network, ip);
      directory.remove(ip.toString());
      if (record.isPresent()) {
        Attachment attachment = record.get().attachment();
        List<IpAddress> left = addresses(directory, attachment);
        boolean listed = left.remove(ip);
        if (listed || left.isEmpty()) {
          directory.remove(key(attachment));
        }
        if (!left.isEmpty() && listed) {
          directory.link(key(attachment), AttachmentText.list(left));
        }
      }
      directory.remove(temporary(ip));
    }
  }

  /** What the file of an address is called while it is written. */
  private static String temporary(IpAddress ip) {
    return "." + ip + ".new";
  }

  private static Optional<AttachmentRecord> read(
      CallerDirectory directory, String network, IpAddress ip) {
    Optional<byte[]> content = directory.read(ip.toString());
    return content.isPresent() ? AttachmentText.read(network, ip, content.get()) : Optional.empty();
  }

  /**
   * An attachment's own list of its addresses: DEL would have to read every record without it. It
   * is the target of a symbolic link, which is made whole or not at all by one system call.
   */
  private static List<IpAddress> addresses(CallerDirectory directory, Attachment attachment) {
    Optional<String> list = directory.target(key(attachment));
    return list.isPresent() ? AttachmentText.readList(list.get()) : new ArrayList<>();
  }

  private static String key(Attachment attachment) {
    return "of-" + hash(attachment.toString());
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
    return hash(holder + "/" + attachment);
  }

  /** 64-bit FNV-1a in hex; a file that two share by accident is told apart by its content. */
  private static String hash(String text) {
    long hash = FNV_OFFSET;
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return HexFormat.of().toHexDigits(hash);
  }
}
