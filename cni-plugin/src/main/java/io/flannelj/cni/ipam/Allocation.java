package io.flannelj.cni.ipam;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult.Ip;
import io.flannelj.cni.PluginContext;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/** The addresses of one ADD: one of each range set, or none at all. */
final class Allocation {
  private final PluginContext context;
  private final AddressRecords records;
  private final Attachment attachment;
  private final Owner owner;
  private final LongSupplier clockMillis;
  private final List<IpAddress> taken = new ArrayList<>();
  private int reclaimed;

  Allocation(
      PluginContext context,
      AddressRecords records,
      Attachment attachment,
      Owner owner,
      LongSupplier clockMillis) {
    this.context = context;
    this.records = records;
    this.attachment = attachment;
    this.owner = owner;
    this.clockMillis = clockMillis;
  }

  List<Ip> allocate(HostLocalConfig config) {
    List<IpAddress> requested = new ArrayList<>(config.requested());
    List<Ip> ips = new ArrayList<>();
    for (int i = 0; i < config.sets().size(); i++) {
      RangeSet set = config.sets().get(i);
      try {
        Optional<IpAddress> wish = takeWish(requested, set);
        ips.add(wish.isPresent() ? requested(set, i, wish.get()) : next(set, i));
      } catch (CniError e) {
        throw e.within("failed to allocate for range " + i + ": ");
      }
    }
    if (!requested.isEmpty()) {
      StringBuilder text = new StringBuilder("failed to allocate all requested IPs:");
      for (IpAddress address : requested) {
        text.append(' ').append(address);
      }
      throw new CniError(CniError.INTERNAL, text.toString());
    }
    return ips;
  }

  /** Releases what this ADD has taken, and nothing that it found. */
  void takeBack() {
    for (IpAddress address : taken) {
      try {
        records.release(address);
      } catch (RuntimeException e) {
        // The failure that led here is the one to report; this one leaves an address for GC.
        context.log("host-local: address " + address + " stays recorded: " + e.getMessage());
      }
    }
  }

  private static Optional<IpAddress> takeWish(List<IpAddress> requested, RangeSet set) {
    for (IpAddress address : requested) {
      if (set.rangeOf(address).isPresent()) {
        requested.remove(address);
        return Optional.of(address);
      }
    }
    return Optional.empty();
  }

  private Ip requested(RangeSet set, int number, IpAddress address) {
    AddressRange range = set.rangeOf(address).orElseThrow();
    if (address.equals(range.gateway())) {
      throw new CniError(CniError.INTERNAL, "requested ip " + address + " is subnet's gateway");
    }
    if (records.owner(address).isPresent() && records.isDead(address, attachment, boot())) {
      reclaim(address);
    }
    if (records.owner(address).isPresent()) {
      throw unavailable(address, set);
    }
    refuseSecond(set);
    if (!records.reserve(address, owner, number)) {
      throw unavailable(address, set);
    }
    taken.add(address);
    return ip(address, range);
  }

  private Ip next(RangeSet set, int number) {
    refuseSecond(set);
    Optional<Ip> found = firstFree(set, number);
    if (found.isEmpty()) {
      for (IpAddress address : records.dead(set, attachment, boot())) {
        reclaim(address);
      }
      found = firstFree(set, number);
    }
    if (found.isEmpty()) {
      throw new CniError(CniError.INTERNAL, "no IP addresses available in range set: " + set);
    }
    return found.get();
  }

  private Optional<Ip> firstFree(RangeSet set, int number) {
    RangeSet.Walk walk = set.walk(records.lastReserved(number));
    for (Optional<IpAddress> address = walk.next(); address.isPresent(); address = walk.next()) {
      if (records.reserve(address.get(), owner, number)) {
        taken.add(address.get());
        return Optional.of(ip(address.get(), walk.range()));
      }
    }
    return Optional.empty();
  }

  /** Whether an ADD would get an address of the set; changes nothing. */
  boolean hasRoom(RangeSet set) {
    RangeSet.Walk walk = set.walk(Optional.empty());
    for (Optional<IpAddress> address = walk.next(); address.isPresent(); address = walk.next()) {
      if (records.owner(address.get()).isEmpty()) {
        return true;
      }
    }
    return !records.dead(set, attachment, boot()).isEmpty();
  }

  /** A second ADD without DEL is an error, unless the first one's attachment is dead. */
  private void refuseSecond(RangeSet set) {
    List<IpAddress> found = new ArrayList<>(records.of(owner));
    found.addAll(records.of(new Owner(owner.containerId(), "")));
    for (IpAddress address : found) {
      if (set.rangeOf(address).isPresent()) {
        if (!records.isDead(address, attachment, boot())) {
          throw new CniError(
              CniError.INTERNAL,
              address
                  + " has been allocated to "
                  + owner.containerId()
                  + ", duplicate allocation is not allowed");
        }
        reclaim(address);
      }
    }
  }

  private void reclaim(IpAddress address) {
    context.log(
        "host-local: address "
            + address
            + " is taken back: "
            + records.owner(address).orElse(owner).containerId()
            + " ended without DEL");
    records.release(address);
    reclaimed++;
  }

  /** Number of addresses taken back from attachments that ended without DEL. */
  int reclaimed() {
    return reclaimed;
  }

  private long boot() {
    return BootTime.nanos(context.files(), clockMillis);
  }

  private static CniError unavailable(IpAddress address, RangeSet set) {
    return new CniError(
        CniError.INTERNAL,
        "requested IP address " + address + " is not available in range set " + set);
  }

  private static Ip ip(IpAddress address, AddressRange range) {
    return new Ip(
        OptionalInt.empty(),
        new IpPrefix(address, range.subnet().length()),
        Optional.of(range.gateway()));
  }
}
