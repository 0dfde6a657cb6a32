package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tables of iptables-legacy, read by getsockopt(2) (include/uapi/linux/netfilter_ipv4/
 * ip_tables.h). Only tables that are loaded are asked for: the question would load the module.
 */
public final class LegacyTables {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_IP = 0;
  private static final int IPT_SO_GET_INFO = 64;
  private static final int IPT_SO_GET_ENTRIES = 65;
  private static final int NAME = 32;
  private static final int HOOKS = 5;
  private static final int NF_INET_FORWARD = 2;
  // struct ipt_getinfo: name, valid hooks, hook entries, underflows, number of entries, size.
  private static final int HOOK_ENTRIES = NAME + 4;
  private static final int UNDERFLOWS = HOOK_ENTRIES + 4 * HOOKS;
  private static final int SIZE = UNDERFLOWS + 4 * HOOKS + 4;
  private static final int INFO = SIZE + 4;
  // struct ipt_get_entries: name, size, padding; struct ipt_entry: addresses and masks come first.
  private static final int ENTRIES = NAME + 8;
  private static final int TARGET_OFFSET = 88;
  private static final int NEXT_OFFSET = 90;
  private static final int ENTRY = 112;
  // struct xt_entry_target: u16 size, 29 bytes of name (empty for a verdict), u8 revision.
  private static final int TARGET_NAME = 2;
  private static final int TARGET = 32;
  private static final int DROP = -1;
  private static final int ACCEPT = -2;
  private static final int MOST_BYTES = 64 * 1024 * 1024;

  private LegacyTables() {}

  /** Whether this network namespace has the table. */
  public static boolean isLoaded(String table) {
    try {
      return java.nio.file.Files.readString(Path.of("/proc/thread-self/net/ip_tables_names"))
          .lines()
          .anyMatch(table::equals);
    } catch (IOException e) {
      return false;
    }
  }

  /** A socket to ask with, of the calling thread's network namespace. */
  public static FileDescriptor open() {
    return Sockets.socket(AF_INET, SOCK_DGRAM, 0);
  }

  /**
   * The table {@code filter}.
   *
   * @throws NativeException EPERM without CAP_NET_ADMIN; EAGAIN if it changed meanwhile
   */
  public static Filter filter(FileDescriptor socket) {
    ByteBuffer info = ask(socket, "IPT_SO_GET_INFO", IPT_SO_GET_INFO, INFO);
    int size = info.getInt(SIZE);
    if (size < 0 || size > MOST_BYTES) {
      throw new NativeException("getsockopt", "IPT_SO_GET_INFO", Errno.EMSGSIZE.number());
    }
    ByteBuffer entries = ByteBuffer.allocate(ENTRIES + size).order(ByteOrder.nativeOrder());
    entries.put(name()).putInt(NAME, size);
    ask(socket, "IPT_SO_GET_ENTRIES", IPT_SO_GET_ENTRIES, entries.array());
    int first = info.getInt(HOOK_ENTRIES + 4 * NF_INET_FORWARD);
    int policy = info.getInt(UNDERFLOWS + 4 * NF_INET_FORWARD);
    return Filter.of(
        entries.position(ENTRIES).slice().order(ByteOrder.nativeOrder()), first, policy);
  }

  private static byte[] name() {
    return "filter".getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer ask(FileDescriptor socket, String what, int option, int length) {
    return ask(socket, what, option, Arrays.copyOf(name(), length));
  }

  private static ByteBuffer ask(FileDescriptor socket, String what, int option, byte[] data) {
    check(
        "getsockopt",
        what,
        () -> c().getsockopt(socket.number(), SOL_IP, option, data, new int[] {data.length}));
    return ByteBuffer.wrap(data).order(ByteOrder.nativeOrder());
  }

  /**
   * What the chain FORWARD does by itself, without the chains that it calls.
   *
   * @param forwardDrops whether its policy is DROP
   * @param accepts source, mask, destination and mask of each rule that accepts
   */
  public record Filter(boolean forwardDrops, List<byte[]> accepts) {
    private static final byte[] COMMENT = "comment\0".getBytes(StandardCharsets.US_ASCII);
    private static final int INTERFACE_MASKS = 48;
    private static final int INTERFACE_MASKS_END = 80;
    private static final int PROTOCOL = 80;
    private static final int INVERTED = 83;
    private static final int ADDRESSES = 16;
    private static final int DESTINATION = 4;
    private static final int SOURCE_MASK = 8;
    private static final int DESTINATION_MASK = 12;

    /** Whether another reading came to the same. */
    public boolean saysTheSame(Filter other) {
      return forwardDrops == other.forwardDrops
          && Arrays.deepEquals(
              accepts.toArray(byte[][]::new), other.accepts.toArray(byte[][]::new));
    }

    /** Walks from the chain's first rule to its policy. */
    static Filter of(ByteBuffer entries, int first, int policy) {
      List<byte[]> accepts = new ArrayList<>();
      int at = first;
      while (at >= 0 && at < policy && at + ENTRY <= entries.limit()) {
        if (verdict(entries, at) == ACCEPT && looksAtAddressesOnly(entries, at)) {
          byte[] addresses = new byte[ADDRESSES];
          entries.get(at, addresses);
          accepts.add(addresses);
        }
        int next = entries.getShort(at + NEXT_OFFSET) & 0xffff;
        if (next < ENTRY) {
          break;
        }
        at += next;
      }
      return new Filter(verdict(entries, policy) == DROP, accepts);
    }

    /** Whether interfaces, protocol and extensions narrow it by nothing; a comment does not. */
    private static boolean looksAtAddressesOnly(ByteBuffer entries, int at) {
      for (int i = INTERFACE_MASKS; i < INTERFACE_MASKS_END; i++) {
        if (entries.get(at + i) != 0) {
          return false;
        }
      }
      if (entries.getShort(at + PROTOCOL) != 0 || entries.get(at + INVERTED) != 0) {
        return false;
      }
      int target = at + (entries.getShort(at + TARGET_OFFSET) & 0xffff);
      int match = at + ENTRY;
      while (match < target && match + TARGET <= entries.limit()) {
        int size = entries.getShort(match) & 0xffff;
        byte[] text = new byte[COMMENT.length];
        entries.get(match + TARGET_NAME, text);
        if (size < TARGET || !Arrays.equals(text, COMMENT)) {
          return false;
        }
        match += size;
      }
      return true;
    }

    /** 0 for anything but a verdict. */
    private static int verdict(ByteBuffer entries, int at) {
      if (at < 0 || at + ENTRY > entries.limit()) {
        return 0;
      }
      int target = at + (entries.getShort(at + TARGET_OFFSET) & 0xffff);
      if (target + TARGET + 4 > entries.limit() || entries.get(target + TARGET_NAME) != 0) {
        return 0;
      }
      return entries.getInt(target + TARGET);
    }

    /** Whether a rule accepts all that comes from a network. */
    public boolean acceptsFrom(byte[] network, int length) {
      return accepts.stream().anyMatch(rule -> holds(rule, 0, SOURCE_MASK, network, length));
    }

    /** Whether a rule accepts all that goes to a network. */
    public boolean acceptsTo(byte[] network, int length) {
      return accepts.stream()
          .anyMatch(rule -> holds(rule, DESTINATION, DESTINATION_MASK, network, length));
    }

    private static boolean holds(byte[] rule, int address, int mask, byte[] network, int length) {
      int bits = ByteBuffer.wrap(rule).getInt(mask);
      int wanted = length == 0 ? 0 : -1 << (32 - length);
      return (bits & ~wanted) == 0
          && ((ByteBuffer.wrap(rule).getInt(address) ^ ByteBuffer.wrap(network).getInt()) & bits)
              == 0;
    }
  }
}
