package io.flannelj.cni.ipam;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What one directory of records holds, in memory: without it every ADD and DEL would open every
 * file. It is believed only while the directory's time of modification is the one that we have set
 * ourselves after our last change: whoever else adds or removes a file changes that time. Used
 * under the directory's lock only.
 */
final class RecordIndex {
  private static final String LAST_RESERVED = "last_reserved_ip.";
  private static final long NEVER = Long.MIN_VALUE;
  private static final int NANOS_PER_MILLI = 1_000_000;

  private final LongSupplier clockMillis;
  private final Map<IpAddress, Owner> owners = new HashMap<>();
  private final Map<Owner, List<IpAddress>> addresses = new HashMap<>();
  private final Map<Integer, Optional<IpAddress>> lastReserved = new HashMap<>();
  private long stamp = NEVER;
  private int stamps;

  /** Over no directory yet. */
  RecordIndex(LongSupplier clockMillis) {
    this.clockMillis = clockMillis;
  }

  /**
   * Reads the directory again unless nothing has happened since our own last change.
   *
   * @return whether it was read
   */
  boolean refresh(CallerDirectory directory) {
    if (stamp != NEVER && directory.identity().modifiedNanos() == stamp) {
      return false;
    }
    reload(directory);
    return true;
  }

  /** Reads the directory again. */
  void reload(CallerDirectory directory) {
    owners.clear();
    addresses.clear();
    lastReserved.clear();
    stamp = NEVER;
    for (String name : directory.names()) {
      Optional<IpAddress> address = address(name);
      if (address.isPresent()) {
        Optional<byte[]> content = directory.read(name);
        if (content.isPresent()) {
          put(address.get(), Owner.parse(content.get()));
        }
      }
    }
  }

  /**
   * To be called after a change of ours or a reading, under the same lock. Stamps with a time that
   * the kernel has not used, since its own are as coarse as its timer: a change of somebody else in
   * the same tick would look like ours.
   */
  void changed(CallerDirectory directory) {
    stamps++;
    long time = clockMillis.getAsLong() * NANOS_PER_MILLI + (stamps * 7919L) % NANOS_PER_MILLI;
    try {
      directory.stamp(time);
      // A file system with coarse times has rounded it: then nothing can be told from it.
      stamp = directory.identity().modifiedNanos() == time ? time : NEVER;
    } catch (NativeException e) {
      stamp = NEVER;
    }
  }

  Optional<Owner> owner(IpAddress address) {
    return Optional.ofNullable(owners.get(address));
  }

  /** Addresses of exactly this owner. */
  List<IpAddress> of(Owner owner) {
    List<IpAddress> found = addresses.get(owner);
    return found == null ? List.of() : List.copyOf(found);
  }

  /** All addresses that have a record. */
  List<IpAddress> all() {
    return List.copyOf(owners.keySet());
  }

  void put(IpAddress address, Owner owner) {
    remove(address);
    owners.put(address, owner);
    List<IpAddress> list = addresses.get(owner);
    if (list == null) {
      list = new ArrayList<>(2);
      addresses.put(owner, list);
    }
    list.add(address);
  }

  void remove(IpAddress address) {
    Owner owner = owners.remove(address);
    List<IpAddress> list = owner == null ? null : addresses.get(owner);
    if (owner != null && list != null) {
      list.remove(address);
      if (list.isEmpty()) {
        addresses.remove(owner);
      }
    }
  }

  /** Address given last in a range set; the reference writes it only when it adds a record too. */
  Optional<IpAddress> lastReserved(CallerDirectory directory, int set) {
    Optional<IpAddress> known = lastReserved.get(set);
    if (known == null) {
      Optional<byte[]> content = directory.read(LAST_RESERVED + set);
      known =
          content.isPresent()
              ? address(new String(content.get(), StandardCharsets.UTF_8).strip())
              : Optional.empty();
      lastReserved.put(set, known);
    }
    return known;
  }

  void setLastReserved(CallerDirectory directory, int set, IpAddress address) {
    directory.overwrite(
        LAST_RESERVED + set, address.toString().getBytes(StandardCharsets.UTF_8), 0600);
    lastReserved.put(set, Optional.of(address));
  }

  private static Optional<IpAddress> address(String name) {
    if (name.isEmpty() || (Character.digit(name.charAt(0), 16) < 0 && name.charAt(0) != ':')) {
      return Optional.empty();
    }
    try {
      IpAddress address = IpAddress.parse(name);
      // Another spelling is another file; only the shortest one is ever looked up.
      return address.toString().equals(name) ? Optional.of(address) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
