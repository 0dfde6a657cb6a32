package io.flannelj.cni.ipam;

import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * Ranges of one family that share one pool: an attachment gets one address of each set.
 *
 * @param ranges at least one, disjoint
 */
record RangeSet(List<AddressRange> ranges) {
  /**
   * Checks that the ranges go together.
   *
   * @throws IllegalArgumentException with the reference plugin's text
   */
  RangeSet {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("empty range set");
    }
    for (AddressRange range : ranges) {
      if (range.subnet().isIpv4() != ranges.get(0).subnet().isIpv4()) {
        throw new IllegalArgumentException("mixed address families");
      }
    }
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = i + 1; j < ranges.size(); j++) {
        if (ranges.get(i).overlaps(ranges.get(j))) {
          throw new IllegalArgumentException(
              "subnets " + ranges.get(i) + " and " + ranges.get(j) + " overlap");
        }
      }
    }
  }

  boolean isIpv4() {
    return ranges.get(0).subnet().isIpv4();
  }

  Optional<AddressRange> rangeOf(IpAddress address) {
    for (AddressRange range : ranges) {
      if (range.contains(address)) {
        return Optional.of(range);
      }
    }
    return Optional.empty();
  }

  boolean overlaps(RangeSet other) {
    for (AddressRange mine : ranges) {
      for (AddressRange its : other.ranges) {
        if (mine.overlaps(its)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Walks once through all addresses but the gateways, beginning behind the last one given. */
  Walk walk(Optional<IpAddress> last) {
    return new Walk(last);
  }

  /** One round; the order is the reference plugin's. */
  final class Walk {
    private final int firstRange;
    private final IpAddress first;
    private int range;
    private int current;
    private IpAddress next;
    private boolean ended;

    private Walk(Optional<IpAddress> last) {
      for (int i = 0; i < ranges.size(); i++) {
        if (last.isPresent() && ranges.get(i).contains(last.get())) {
          range = i;
        }
      }
      next = ranges.get(range).start();
      if (last.isPresent() && ranges.get(range).contains(last.get())) {
        next = last.get();
        step();
      }
      firstRange = range;
      first = next;
    }

    /** The range of the address that came last. */
    AddressRange range() {
      return ranges.get(current);
    }

    /** The next address; nothing after the round. */
    Optional<IpAddress> next() {
      while (!ended) {
        IpAddress found = next;
        current = range;
        step();
        ended = range == firstRange && next.equals(first);
        if (!found.equals(ranges.get(current).gateway())) {
          return Optional.of(found);
        }
      }
      return Optional.empty();
    }

    private void step() {
      if (next.equals(ranges.get(range).end())) {
        range = (range + 1) % ranges.size();
        next = ranges.get(range).start();
      } else {
        next = next.plus(1);
      }
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (AddressRange range : ranges) {
      text.append(text.length() == 0 ? "" : ",").append(range);
    }
    return text.toString();
  }
}
