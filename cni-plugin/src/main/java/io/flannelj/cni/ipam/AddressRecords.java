package io.flannelj.cni.ipam;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileIdentity;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The records of one network, under the lock of its directory.
 *
 * <p>One file for each address, made with O_EXCL: that file decides who has the address, whatever
 * the index thinks. If we die between making and writing it, it stays empty: as files are made and
 * written under the lock, an empty one seen under the lock is such a left-over, and removed when
 * the directory is read. Closing lets the lock go.
 */
final class AddressRecords implements AutoCloseable {
  private static final int PRIVATE_FILE = 0600;

  private final String network;
  private final CallerFiles files;
  private final CallerDirectory directory;
  private final FileLock lock;
  private final RecordIndex index;
  private final Attachments attachments;
  private boolean changed;

  AddressRecords(
      String network,
      CallerFiles files,
      CallerDirectory directory,
      FileLock lock,
      RecordIndex index,
      Attachments attachments) {
    this.network = network;
    this.files = files;
    this.directory = directory;
    this.lock = lock;
    this.index = index;
    this.attachments = attachments;
    changed = index.refresh(directory);
    if (changed) {
      removeUnfinished();
    }
  }

  /** Left-overs of the dead: nobody's, so no DEL would ever find them. */
  private void removeUnfinished() {
    for (IpAddress address : index.of(Owner.NOBODY)) {
      try {
        release(address);
      } catch (NativeException e) {
        // A file system that cannot be written to is a matter for those who have to write.
        return;
      }
    }
  }

  /** Addresses recorded for exactly this owner. */
  List<IpAddress> of(Owner owner) {
    return index.of(owner);
  }

  /** Who has an address. */
  Optional<Owner> owner(IpAddress address) {
    return index.owner(address);
  }

  /** All recorded addresses. */
  List<IpAddress> all() {
    return index.all();
  }

  /**
   * Records an address.
   *
   * @return false if it has a record already
   */
  boolean reserve(IpAddress address, Owner owner, int set) {
    if (index.owner(address).isPresent()) {
      return false;
    }
    changed = true;
    if (!directory.create(address.toString(), owner.toBytes(), PRIVATE_FILE)) {
      index.reload(directory);
      return false;
    }
    index.put(address, owner);
    try {
      index.setLastReserved(directory, set, address);
    } catch (RuntimeException e) {
      release(address);
      throw e;
    }
    return true;
  }

  /** Removes the record of an address, and what is known of its use. */
  void release(IpAddress address) {
    changed = true;
    attachments.remove(files, network, address);
    directory.remove(address.toString());
    index.remove(address);
  }

  /** Removes the record of an address, if it still is this owner's. */
  void release(IpAddress address, Owner owner) {
    Optional<byte[]> content = directory.read(address.toString());
    if (content.isPresent() && Owner.parse(content.get()).equals(owner)) {
      release(address);
    } else {
      changed = true;
      index.reload(directory);
    }
  }

  /** Address given last in a range set. */
  Optional<IpAddress> lastReserved(int set) {
    return index.lastReserved(directory, set);
  }

  /**
   * Whether whoever has the address has certainly ended without its DEL.
   *
   * @param own the attachment of this call, whose lock we hold ourselves
   * @param bootNanos nothing made before this time belongs to this boot
   */
  boolean isDead(IpAddress address, Attachment own, long bootNanos) {
    Optional<Owner> owner = index.owner(address);
    if (owner.isEmpty()) {
      return false;
    }
    if (owner.get().isNobody()) {
      Optional<byte[]> content = directory.read(address.toString());
      return content.isPresent() && Owner.parse(content.get()).isNobody();
    }
    Optional<AttachmentRecord> use = attachments.find(files, network, address);
    if (use.isPresent()
        && owner.get().containerId().equals(use.get().attachment().containerId())
        && owner.get().ifName().equals(use.get().attachment().ifName())) {
      return attachments.isDead(files, use.get(), own);
    }
    Optional<FileIdentity> file = directory.identity(address.toString());
    return file.isPresent() && file.get().modifiedNanos() < bootNanos;
  }

  /** Those of the addresses in a set whose owners are dead. */
  List<IpAddress> dead(RangeSet set, Attachment own, long bootNanos) {
    List<IpAddress> dead = new ArrayList<>();
    for (IpAddress address : index.all()) {
      if (set.rangeOf(address).isPresent() && isDead(address, own, bootNanos)) {
        dead.add(address);
      }
    }
    return dead;
  }

  @Override
  public void close() {
    try {
      if (changed) {
        index.changed(directory);
      }
    } finally {
      lock.close();
      directory.close();
    }
  }
}
