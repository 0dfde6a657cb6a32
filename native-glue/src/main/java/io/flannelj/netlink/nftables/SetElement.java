package io.flannelj.netlink.nftables;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.expression.NftData;
import io.flannelj.netlink.nftables.expression.Operand;
import java.util.Optional;

/**
 * An element of a set or map, or a range of them.
 *
 * @param key the value, or the first of a range; empty for the element that stands for all others
 *     ({@code *})
 * @param last the last value of a range, inclusive; empty for a single value. Of a concatenation,
 *     each part is a range of its own
 * @param data a map's value
 * @param timeoutMillis after which it ends, 0 for the set's default
 * @param comment at most 127 bytes, empty for none
 */
public record SetElement(
    Bytes key, Optional<Bytes> last, Optional<NftData> data, long timeoutMillis, String comment) {

  /** A range of one value is that value. */
  public SetElement {
    if (last.isPresent() && last.get().equals(key)) {
      last = Optional.empty();
    }
  }

  /** An element of a set. */
  public static SetElement of(Bytes key) {
    return new SetElement(key, Optional.empty(), Optional.empty(), 0, "");
  }

  /** A concatenation as an element of a set. */
  public static SetElement of(Bytes... parts) {
    return of(parts.length == 1 ? parts[0] : Operand.concat(parts));
  }

  /** A range, both ends included. */
  public static SetElement range(Bytes first, Bytes last) {
    return new SetElement(first, Optional.of(last), Optional.empty(), 0, "");
  }

  /** All addresses of a prefix. */
  public static SetElement prefix(IpPrefix prefix) {
    return range(
        Operand.address(prefix.masked().address()), Operand.address(prefix.masked().last()));
  }

  /** The element that stands for all values that have none ({@code *}, kernels from 5.13). */
  public static SetElement catchAll() {
    return of(Bytes.EMPTY);
  }

  /** The same as an element of a map. */
  public SetElement to(Bytes value) {
    return new SetElement(key, last, Optional.of(new NftData.Value(value)), timeoutMillis, comment);
  }

  /** The same as an element of a map whose values are concatenations. */
  public SetElement to(Bytes first, Bytes second) {
    return to(Operand.concat(first, second));
  }

  /** The same as an element of a verdict map. */
  public SetElement to(NftData.Verdict verdict) {
    return new SetElement(key, last, Optional.of(verdict), timeoutMillis, comment);
  }

  /** The same with a comment. */
  public SetElement withComment(String text) {
    return new SetElement(key, last, data, timeoutMillis, text);
  }

  /** The same with a timeout in milliseconds. */
  public SetElement withTimeout(long millis) {
    return new SetElement(key, last, data, millis, comment);
  }

  /** Whether it stands for all values that have no element. */
  public boolean isCatchAll() {
    return key.length() == 0;
  }
}
