package io.flannelj.cni.ipam;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileIdentity;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.CniResult.Dns;
import io.flannelj.cni.CniResult.Ip;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.net.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The IPAM plugin {@code host-local}: same configuration, same files and same lock as the reference
 * plugin's. What is better: addresses of attachments that have died without a DEL are given again
 * before an ADD fails, GC collects, STATUS tells of exhaustion, and a DEL needs no valid ranges.
 */
public final class HostLocal implements Plugin {
  private static final int DIRECTORY = 0755;
  private static final int LOCK_FILE = 0600;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PATIENCE_OF_STATUS = Duration.ofSeconds(2);
  private static final int MOST_INDEXES = 64;

  private final Attachments attachments;
  private final LongSupplier clockMillis;
  private final Map<DirectoryKey, RecordIndex> indexes = new ConcurrentHashMap<>();
  private final LongAdder reclaimed = new LongAdder();

  /**
   * For the life of a process.
   *
   * @param attachments tells which owners are dead
   * @param clockMillis wall clock, milliseconds since 1970
   */
  public HostLocal(Attachments attachments, LongSupplier clockMillis) {
    this.attachments = attachments;
    this.clockMillis = clockMillis;
  }

  /** Addresses taken back by ADD from attachments that had ended without DEL. */
  public long reclaimed() {
    return reclaimed.sum();
  }

  private record DirectoryKey(long device, long inode) {}

  @Override
  public String type() {
    return "host-local";
  }

  @Override
  public CniResult add(PluginContext c) {
    HostLocalConfig config = HostLocalConfig.of(c);
    Dns dns = dns(c, config);
    try (AddressRecords records = open(c, c.files().makeDirectory(config.directory(), DIRECTORY))) {
      Allocation allocation = new Allocation(c, records, attachment(c), owner(c), clockMillis);
      boolean done = false;
      try {
        List<Ip> ips = allocation.allocate(config);
        done = true;
        return new CniResult(List.of(), ips, config.routes(), dns);
      } finally {
        reclaimed.add(allocation.reclaimed());
        if (!done) {
          allocation.takeBack();
        }
      }
    }
  }

  @Override
  public void del(PluginContext c) {
    Optional<CallerDirectory> directory = c.files().directory(HostLocalConfig.directory(c.conf()));
    if (directory.isEmpty()) {
      return;
    }
    try (AddressRecords records = open(c, directory.get())) {
      Owner owner = owner(c);
      List<IpAddress> found = records.of(owner);
      if (found.isEmpty()) {
        // Files of old releases name the container only.
        owner = new Owner(owner.containerId(), "");
        found = records.of(owner);
      }
      for (IpAddress address : found) {
        records.release(address, owner);
      }
    }
  }

  @Override
  public void check(PluginContext c) {
    HostLocalConfig config = HostLocalConfig.of(c);
    Owner owner = owner(c);
    Optional<CallerDirectory> directory = c.files().directory(config.directory());
    if (directory.isPresent()) {
      try (AddressRecords records = open(c, directory.get())) {
        if (!records.of(owner).isEmpty()
            || !records.of(new Owner(owner.containerId(), "")).isEmpty()) {
          checkResult(c, config, records, owner);
          return;
        }
      }
    }
    throw new CniError(
        CniError.INTERNAL,
        "host-local: Failed to find address added by container " + owner.containerId());
  }

  /** Every address of the result that is out of our ranges must be recorded for this container. */
  private static void checkResult(
      PluginContext c, HostLocalConfig config, AddressRecords records, Owner owner) {
    Optional<CniResult> prev = c.conf().prevResult();
    if (prev.isEmpty()) {
      return;
    }
    for (Ip ip : prev.get().ips()) {
      IpAddress address = ip.address().address();
      for (RangeSet set : config.sets()) {
        if (set.rangeOf(address).isPresent()) {
          Optional<Owner> found = records.owner(address);
          if (found.isEmpty() || !found.get().covers(owner)) {
            throw new CniError(
                CniError.INTERNAL,
                "host-local: address "
                    + address
                    + " is not recorded for container "
                    + owner.containerId());
          }
        }
      }
    }
  }

  @Override
  public void gc(PluginContext c) {
    Optional<List<Attachment>> valid = c.conf().validAttachments();
    Optional<CallerDirectory> directory = c.files().directory(HostLocalConfig.directory(c.conf()));
    if (directory.isEmpty()) {
      return;
    }
    if (valid.isEmpty()) {
      directory.get().close();
      return;
    }
    try (AddressRecords records = open(c, directory.get())) {
      for (IpAddress address : records.all()) {
        Optional<Owner> owner = records.owner(address);
        if (owner.isPresent()
            && !isValid(owner.get(), valid.get())
            && !isWorkedOn(c, owner.get())) {
          records.release(address, owner.get());
        }
      }
    }
  }

  /** Whether an ADD or DEL of the owner runs: the runtime's list may be older than that. */
  private boolean isWorkedOn(PluginContext c, Owner owner) {
    Attachment attachment = new Attachment(c.conf().name(), owner.containerId(), owner.ifName());
    Optional<FileLock> lock =
        attachments.lock(c.files(), c.calledType(), attachment, Duration.ZERO);
    lock.ifPresent(FileLock::close);
    return lock.isEmpty();
  }

  private static boolean isValid(Owner owner, List<Attachment> valid) {
    for (Attachment attachment : valid) {
      if (owner.covers(new Owner(attachment.containerId(), attachment.ifName()))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void status(PluginContext c) {
    HostLocalConfig config = HostLocalConfig.of(c);
    Optional<CallerDirectory> directory = c.files().directory(config.directory());
    if (directory.isEmpty()) {
      return;
    }
    try (AddressRecords records = open(c, directory.get(), PATIENCE_OF_STATUS)) {
      Allocation allocation =
          new Allocation(
              c, records, new Attachment(c.conf().name(), "", ""), new Owner("", ""), clockMillis);
      for (RangeSet set : config.sets()) {
        if (!allocation.hasRoom(set)) {
          throw new CniError(
              CniError.NOT_AVAILABLE, "no IP addresses available in range set: " + set);
        }
      }
    }
  }

  private AddressRecords open(PluginContext c, CallerDirectory directory) {
    return open(c, directory, PATIENCE);
  }

  private AddressRecords open(PluginContext c, CallerDirectory directory, Duration patience) {
    boolean open = false;
    try {
      Optional<FileLock> lock = directory.lock("lock", LOCK_FILE, patience);
      if (lock.isEmpty()) {
        throw new CniError(
            CniError.TRY_AGAIN,
            directory.path() + "/lock has been held for " + patience.toSeconds() + " s");
      }
      try {
        AddressRecords records =
            new AddressRecords(
                c.conf().name(), c.files(), directory, lock.get(), index(directory), attachments);
        open = true;
        return records;
      } finally {
        if (!open) {
          lock.get().close();
        }
      }
    } finally {
      if (!open) {
        directory.close();
      }
    }
  }

  private RecordIndex index(CallerDirectory directory) {
    FileIdentity identity = directory.identity();
    DirectoryKey key = new DirectoryKey(identity.device(), identity.inode());
    RecordIndex index = indexes.get(key);
    if (index == null) {
      if (indexes.size() >= MOST_INDEXES) {
        indexes.clear();
      }
      index = new RecordIndex(clockMillis);
      indexes.put(key, index);
    }
    return index;
  }

  private static Dns dns(PluginContext c, HostLocalConfig config) {
    if (config.resolvConf().isEmpty()) {
      return Dns.EMPTY;
    }
    Optional<byte[]> content = c.files().read(config.resolvConf());
    if (content.isEmpty()) {
      throw new CniError(
          CniError.INVALID_CONFIG,
          "open " + config.resolvConf() + ": no such file or directory",
          "key resolvConf");
    }
    return ResolvConf.parse(content.get());
  }

  private static Owner owner(PluginContext c) {
    return new Owner(c.environment().containerId(), c.environment().ifName());
  }

  private static Attachment attachment(PluginContext c) {
    return new Attachment(c.conf().name(), c.environment().containerId(), c.environment().ifName());
  }
}
