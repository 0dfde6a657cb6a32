package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.expression.NftData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Elements as the kernel holds them. In a set of plain ranges a range is two elements: its first
 * value, and behind its last one an end (NFT_SET_ELEM_INTERVAL_END); a range up to the highest
 * value has no end. In a set of concatenated ranges it is one element with NFTA_SET_ELEM_KEY_END.
 */
public final class SetElementCodec {
  static final int NFTA_SET_ELEM_LIST_TABLE = 1;
  static final int NFTA_SET_ELEM_LIST_SET = 2;
  static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
  private static final int NFTA_LIST_ELEM = 1;
  private static final int NFTA_SET_ELEM_KEY = 1;
  private static final int NFTA_SET_ELEM_DATA = 2;
  private static final int NFTA_SET_ELEM_FLAGS = 3;
  private static final int NFTA_SET_ELEM_TIMEOUT = 4;
  private static final int NFTA_SET_ELEM_USERDATA = 6;
  private static final int NFTA_SET_ELEM_KEY_END = 10;
  private static final int NFT_SET_ELEM_INTERVAL_END = 0x1;
  private static final int NFT_SET_ELEM_CATCHALL = 0x2;

  private SetElementCodec() {}

  /** Writes the list of elements; {@code values} is whether data, timeout and comment go along. */
  public static void encode(
      AttributeWriter out, NftSet set, List<SetElement> elements, boolean values) {
    out.putString(NFTA_SET_ELEM_LIST_TABLE, set.name().table().name());
    out.putString(NFTA_SET_ELEM_LIST_SET, set.name().name());
    out.nested(
        NFTA_SET_ELEM_LIST_ELEMENTS,
        list -> {
          for (SetElement element : elements) {
            list.nested(NFTA_LIST_ELEM, item -> encodeStart(item, set, element, values));
            if (set.hasEndElements() && !element.isCatchAll()) {
              encodeEnd(list, element);
            }
          }
        });
  }

  private static void encodeStart(
      AttributeWriter out, NftSet set, SetElement element, boolean values) {
    if (element.isCatchAll()) {
      out.putU32BigEndian(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_CATCHALL);
    } else {
      NftData.encodeValue(out, NFTA_SET_ELEM_KEY, element.key());
      if (set.flags().contains(SetFlag.INTERVAL) && set.key().isConcatenation()) {
        NftData.encodeValue(out, NFTA_SET_ELEM_KEY_END, element.last().orElse(element.key()));
      }
    }
    if (values) {
      element.data().ifPresent(data -> data.encode(out, NFTA_SET_ELEM_DATA));
      if (element.timeoutMillis() > 0) {
        out.putU64BigEndian(NFTA_SET_ELEM_TIMEOUT, element.timeoutMillis());
      }
      if (!element.comment().isEmpty()) {
        out.putBytes(NFTA_SET_ELEM_USERDATA, Userdata.comment(element.comment()));
      }
    }
  }

  private static void encodeEnd(AttributeWriter list, SetElement element) {
    byte[] end = element.last().orElse(element.key()).toArray();
    if (!step(end, 1)) {
      return;
    }
    list.nested(
        NFTA_LIST_ELEM,
        item -> {
          item.putU32BigEndian(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
          NftData.encodeValue(item, NFTA_SET_ELEM_KEY, Bytes.of(end));
        });
  }

  /** Adds 1 or -1 to a big-endian number; false if it wrapped around. */
  private static boolean step(byte[] number, int delta) {
    for (int i = number.length - 1; i >= 0; i--) {
      number[i] += (byte) delta;
      if (number[i] != (delta > 0 ? 0 : -1)) {
        return true;
      }
    }
    return false;
  }

  /** An element as the kernel reports it. */
  private record Item(SetElement element, boolean end) {}

  /** Reads the bodies of NFT_MSG_NEWSETELEM of one set, in any order, into ranges. */
  public static List<SetElement> decode(NftSet set, List<ByteBuffer> bodies) {
    List<Item> items = new ArrayList<>();
    for (ByteBuffer body : bodies) {
      AttributeIndex in =
          AttributeIndex.of(NfGenHeader.attributes(body), NFTA_SET_ELEM_LIST_ELEMENTS);
      if (in.has(NFTA_SET_ELEM_LIST_ELEMENTS)) {
        AttributeReader list = in.reader(NFTA_SET_ELEM_LIST_ELEMENTS);
        while (list.next()) {
          items.add(decodeItem(AttributeIndex.of(list.nested(), NFTA_SET_ELEM_KEY_END)));
        }
      }
    }
    if (set.hasEndElements()) {
      return ranges(items);
    }
    return items.stream().map(Item::element).toList();
  }

  private static Item decodeItem(AttributeIndex in) {
    int flags = in.s32OrZero(NFTA_SET_ELEM_FLAGS);
    Bytes key =
        (flags & NFT_SET_ELEM_CATCHALL) != 0
            ? Bytes.EMPTY
            : NftData.decodeValue(in, NFTA_SET_ELEM_KEY);
    SetElement element =
        new SetElement(
            key,
            in.has(NFTA_SET_ELEM_KEY_END)
                ? Optional.of(NftData.decodeValue(in, NFTA_SET_ELEM_KEY_END))
                : Optional.empty(),
            in.has(NFTA_SET_ELEM_DATA)
                ? Optional.of(NftData.decode(in, NFTA_SET_ELEM_DATA))
                : Optional.empty(),
            in.u64OrZero(NFTA_SET_ELEM_TIMEOUT),
            Userdata.text(in.bytesOrEmpty(NFTA_SET_ELEM_USERDATA), Userdata.COMMENT));
    return new Item(element, (flags & NFT_SET_ELEM_INTERVAL_END) != 0);
  }

  /** Joins starts with the ends behind them. The kernel reports them in descending order. */
  private static List<SetElement> ranges(List<Item> items) {
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(
        (a, b) -> {
          int byKey = a.element().key().compareTo(b.element().key());
          return byKey != 0 ? byKey : Boolean.compare(b.end(), a.end());
        });
    List<SetElement> ranges = new ArrayList<>();
    Optional<SetElement> open = Optional.empty();
    for (Item item : sorted) {
      Bytes key = item.element().key();
      if (item.element().isCatchAll()) {
        ranges.add(item.element());
        continue;
      }
      open.ifPresent(start -> ranges.add(closed(start, key)));
      open = item.end() ? Optional.empty() : Optional.of(item.element());
    }
    open.ifPresent(start -> ranges.add(openEnded(start)));
    return ranges;
  }

  private static SetElement closed(SetElement start, Bytes end) {
    byte[] last = end.toArray();
    step(last, -1);
    return withLast(start, last);
  }

  private static SetElement openEnded(SetElement start) {
    byte[] last = new byte[start.key().length()];
    Arrays.fill(last, (byte) 0xff);
    return withLast(start, last);
  }

  private static SetElement withLast(SetElement start, byte[] last) {
    return new SetElement(
        start.key(),
        Optional.of(Bytes.of(last)),
        start.data(),
        start.timeoutMillis(),
        start.comment());
  }
}
