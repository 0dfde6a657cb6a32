package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tables of iptables-legacy and ip6tables-legacy, read by getsockopt(2). Only tables that are
 * loaded are asked for: the question would load the module.
 */
public final class LegacyTables {
  private static final int SOCK_DGRAM = 2;
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
  // struct ipt_get_entries: name, size, padding.
  private static final int ENTRIES = NAME + 8;
  // struct xt_entry_target: u16 size, 29 bytes of name (empty for a verdict), u8 revision.
  private static final int TARGET_NAME = 2;
  private static final int TARGET = 32;
  private static final int DROP = -1;
  private static final int ACCEPT = -2;
  // With its NUL.
  private static final int ERROR = 6;
  private static final int ATTEMPTS = 5;
  private static final int MOST_BYTES = 64 * 1024 * 1024;

  private LegacyTables() {}

  /**
   * The table {@code filter} of the calling thread's network namespace.
   *
   * @throws NativeException EPERM without CAP_NET_ADMIN; EAGAIN if it changed meanwhile
   */
  public static Filter filter(LegacyFamily family) {
    try (FileDescriptor socket = Sockets.socket(family.socketFamily(), SOCK_DGRAM, 0)) {
      return filter(family, socket);
    }
  }

  private static Filter filter(LegacyFamily family, FileDescriptor socket) {
    ByteBuffer layout = layout(family, socket, "filter");
    int first = layout.getInt(HOOK_ENTRIES + 4 * NF_INET_FORWARD);
    int policy = layout.getInt(UNDERFLOWS + 4 * NF_INET_FORWARD);
    return Filter.of(family, entries(family, socket, "filter", layout), first, policy);
  }

  /**
   * Whether a table of the calling thread's network namespace has a chain besides the built-in
   * ones.
   *
   * @throws NativeException EPERM without CAP_NET_ADMIN; EAGAIN if it changes all the time
   */
  public static boolean hasChain(LegacyFamily family, String table, String chain) {
    for (int attempt = 1; ; attempt++) {
      try (FileDescriptor socket = Sockets.socket(family.socketFamily(), SOCK_DGRAM, 0)) {
        return hasChain(
            family, entries(family, socket, table, layout(family, socket, table)), chain);
      } catch (NativeException e) {
        if (e.errno() != Errno.EAGAIN || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** A chain begins with an entry whose target ERROR carries its name. */
  private static boolean hasChain(LegacyFamily family, ByteBuffer entries, String chain) {
    byte[] wanted = ("ERROR\0" + chain + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] found = new byte[wanted.length];
    int at = 0;
    while (at + family.entry() <= entries.limit()) {
      int target = at + (entries.getShort(at + family.targetOffset()) & 0xffff);
      if (target + TARGET + chain.length() + 1 <= entries.limit()) {
        entries.get(target + TARGET_NAME, found, 0, ERROR);
        entries.get(target + TARGET, found, ERROR, wanted.length - ERROR);
        if (Arrays.equals(found, wanted)) {
          return true;
        }
      }
      int next = entries.getShort(at + family.nextOffset()) & 0xffff;
      if (next < family.entry()) {
        return false;
      }
      at += next;
    }
    return false;
  }

  private static ByteBuffer layout(LegacyFamily family, FileDescriptor socket, String table) {
    byte[] info = Arrays.copyOf(name(table), INFO);
    return ask(socket, family.optionLevel(), "IPT_SO_GET_INFO", IPT_SO_GET_INFO, info);
  }

  private static ByteBuffer entries(
      LegacyFamily family, FileDescriptor socket, String table, ByteBuffer layout) {
    int size = layout.getInt(SIZE);
    if (size < 0 || size > MOST_BYTES) {
      throw new NativeException("getsockopt", "IPT_SO_GET_INFO", Errno.EMSGSIZE.number());
    }
    ByteBuffer entries = ByteBuffer.allocate(ENTRIES + size).order(ByteOrder.nativeOrder());
    entries.put(name(table)).putInt(NAME, size);
    ask(socket, family.optionLevel(), "IPT_SO_GET_ENTRIES", IPT_SO_GET_ENTRIES, entries.array());
    return entries.position(ENTRIES).slice().order(ByteOrder.nativeOrder());
  }

  private static byte[] name(String table) {
    return table.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer ask(
      FileDescriptor socket, int level, String what, int option, byte[] data) {
    check(
        "getsockopt",
        what,
        () -> c().getsockopt(socket.number(), level, option, data, new int[] {data.length}));
    return ByteBuffer.wrap(data).order(ByteOrder.nativeOrder());
  }

  /**
   * What the chain FORWARD does by itself, without the chains that it calls.
   *
   * @param forwardDrops whether it drops or rejects what no rule accepts: by its policy, or by a
   *     rule for all packets
   * @param accepts each rule before that one that accepts by source and destination alone
   */
  public record Filter(boolean forwardDrops, List<Accept> accepts) {
    private static final byte[] COMMENT = "comment\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REJECT = "REJECT\0".getBytes(StandardCharsets.US_ASCII);

    /** Copies the list. */
    public Filter {
      accepts = List.copyOf(accepts);
    }

    /** Walks from the chain's first rule to its policy. */
    static Filter of(LegacyFamily family, ByteBuffer entries, int first, int policy) {
      List<Accept> accepts = new ArrayList<>();
      int at = first;
      while (at >= 0 && at < policy && at + family.entry() <= entries.limit()) {
        if (looksAtAddressesOnly(family, entries, at)) {
          byte[] addresses = new byte[family.addresses()];
          entries.get(at, addresses);
          Accept rule =
              new Accept(
                  ByteBuffer.wrap(addresses).asReadOnlyBuffer(), comment(family, entries, at));
          int verdict = verdict(family, entries, at);
          if (verdict == ACCEPT) {
            accepts.add(rule);
          } else if (rule.isForAll() && (verdict == DROP || rejects(family, entries, at))) {
            return new Filter(true, accepts);
          }
        }
        int next = entries.getShort(at + family.nextOffset()) & 0xffff;
        if (next < family.entry()) {
          break;
        }
        at += next;
      }
      return new Filter(verdict(family, entries, policy) == DROP, accepts);
    }

    private static int target(LegacyFamily family, ByteBuffer entries, int at) {
      return at + (entries.getShort(at + family.targetOffset()) & 0xffff);
    }

    private static boolean hasName(ByteBuffer entries, int extension, byte[] name) {
      byte[] text = new byte[name.length];
      entries.get(extension + TARGET_NAME, text);
      return Arrays.equals(text, name);
    }

    private static boolean rejects(LegacyFamily family, ByteBuffer entries, int at) {
      int target = target(family, entries, at);
      return target + TARGET <= entries.limit() && hasName(entries, target, REJECT);
    }

    /** The text of a comment in front of the rule's target, empty if there is none. */
    private static String comment(LegacyFamily family, ByteBuffer entries, int at) {
      int text = at + family.entry() + TARGET;
      int end = Math.min(target(family, entries, at), entries.limit());
      if (text >= end) {
        return "";
      }
      byte[] bytes = new byte[end - text];
      entries.get(text, bytes);
      int length = 0;
      while (length < bytes.length && bytes[length] != 0) {
        length++;
      }
      return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Whether interfaces, protocol and extensions narrow it by nothing; a comment does not. */
    private static boolean looksAtAddressesOnly(LegacyFamily family, ByteBuffer entries, int at) {
      for (int i = family.interfaceMasks(); i < family.interfaceMasksEnd(); i++) {
        if (entries.get(at + i) != 0) {
          return false;
        }
      }
      if (entries.getShort(at + family.protocol()) != 0
          || entries.get(at + family.inverted()) != 0) {
        return false;
      }
      int target = target(family, entries, at);
      int match = at + family.entry();
      while (match < target && match + TARGET <= entries.limit()) {
        int size = entries.getShort(match) & 0xffff;
        if (size < TARGET || !hasName(entries, match, COMMENT)) {
          return false;
        }
        match += size;
      }
      return true;
    }

    /** 0 for anything but a verdict. */
    private static int verdict(LegacyFamily family, ByteBuffer entries, int at) {
      if (at < 0 || at + family.entry() > entries.limit()) {
        return 0;
      }
      int target = target(family, entries, at);
      if (target + TARGET + 4 > entries.limit() || entries.get(target + TARGET_NAME) != 0) {
        return 0;
      }
      return entries.getInt(target + TARGET);
    }

    /**
     * Whether a rule accepts all that comes from a network.
     *
     * @param network address of the family that was read
     * @param length bits
     */
    public boolean acceptsFrom(byte[] network, int length) {
      return accepts.stream().anyMatch(rule -> rule.isFrom(network, length));
    }

    /** Whether a rule accepts all that goes to a network. */
    public boolean acceptsTo(byte[] network, int length) {
      return accepts.stream().anyMatch(rule -> rule.isTo(network, length));
    }
  }

  /**
   * A rule that accepts by source and destination alone.
   *
   * @param addresses source and destination, then their masks
   * @param comment empty for none
   */
  public record Accept(ByteBuffer addresses, String comment) {
    /** Whether it accepts all that comes from a network. */
    public boolean isFrom(byte[] network, int length) {
      return holds(0, network, length);
    }

    /** Whether it accepts all that goes to a network. */
    public boolean isTo(byte[] network, int length) {
      return holds(network.length, network, length);
    }

    private boolean isForAll() {
      for (int i = addresses.limit() / 2; i < addresses.limit(); i++) {
        if (addresses.get(i) != 0) {
          return false;
        }
      }
      return true;
    }

    /** The mask may not be longer than asked, and the other address must not narrow the rule. */
    private boolean holds(int at, byte[] network, int length) {
      int masks = 2 * network.length;
      int other = network.length - at;
      for (int i = 0; i < network.length; i++) {
        int mask = addresses.get(masks + at + i) & 0xff;
        int significant = Math.max(0, Math.min(8, length - 8 * i));
        int wanted = 0xff << (8 - significant) & 0xff;
        boolean differs = ((addresses.get(at + i) ^ network[i]) & mask) != 0;
        if ((mask & ~wanted) != 0 || differs || addresses.get(masks + other + i) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
