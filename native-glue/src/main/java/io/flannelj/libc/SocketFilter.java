package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A classic BPF program for SO_ATTACH_FILTER, linux/filter.h: the kernel asks it before a message
 * is queued, so that one that nobody wants wakes nobody. It is a list of conditions on single
 * octets, of which all must hold; any of several lists lets the message through.
 */
public final class SocketFilter {
  private static final int SO_ATTACH_FILTER = 26;
  private static final int LOAD_OCTET = 0x30; // BPF_LD | BPF_B | BPF_ABS
  private static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int JUMP_SET = 0x45; // BPF_JMP | BPF_JSET | BPF_K
  private static final int RETURN = 0x06; // BPF_RET | BPF_K
  private static final int WHOLE_MESSAGE = 0xffff_ffff;
  private static final int INSTRUCTION_SIZE = 8;
  private static final int MOST_CONDITIONS = 100;

  private final List<List<Condition>> lists = new ArrayList<>();

  /**
   * What an octet of the message must be.
   *
   * @param offset from the message's start; a message that is shorter does not pass
   * @param value 0 to 255
   * @param bit whether one of the value's bits is enough
   */
  public record Condition(int offset, int value, boolean bit) {
    /** The octet has exactly this value. */
    public static Condition is(int offset, int value) {
      return new Condition(offset, value, false);
    }

    /** The octet has one of these bits. */
    public static Condition has(int offset, int bits) {
      return new Condition(offset, bits, true);
    }
  }

  /** Lets through what meets all of these. */
  public SocketFilter orAll(Condition... conditions) {
    if (conditions.length > MOST_CONDITIONS) {
      throw new IllegalArgumentException(conditions.length + " conditions: a jump is 255 at most");
    }
    lists.add(List.of(conditions));
    return this;
  }

  /** Puts it before a socket, for all that arrives from now on. */
  public void attach(FileDescriptor fd) {
    List<long[]> program = program();
    int header = 16;
    Pointer memory =
        Runtime.getSystemRuntime()
            .getMemoryManager()
            .allocateDirect(header + INSTRUCTION_SIZE * program.size());
    // struct sock_fprog: u16 len, pointer to the instructions.
    memory.putLong(0, 0);
    memory.putShort(0, (short) program.size());
    memory.putLong(8, memory.address() + header);
    int at = header;
    for (long[] instruction : program) {
      memory.putShort(at, (short) instruction[0]);
      memory.putByte(at + 2, (byte) instruction[1]);
      memory.putByte(at + 3, (byte) instruction[2]);
      memory.putInt(at + 4, (int) instruction[3]);
      at += INSTRUCTION_SIZE;
    }
    check(
        "setsockopt",
        "SO_ATTACH_FILTER",
        () -> c().setsockopt(fd.number(), Sockets.SOL_SOCKET, SO_ATTACH_FILTER, memory, header));
  }

  /** Code, jump if true, jump if false, operand. */
  private List<long[]> program() {
    List<long[]> program = new ArrayList<>();
    for (List<Condition> list : lists) {
      int left = 2 * list.size();
      for (Condition condition : list) {
        left -= 2;
        program.add(new long[] {LOAD_OCTET, 0, 0, condition.offset()});
        int jump = condition.bit() ? JUMP_SET : JUMP_EQUAL;
        // If not: over the rest of the list and its return.
        program.add(new long[] {jump, 0, left + 1, condition.value()});
      }
      program.add(new long[] {RETURN, 0, 0, WHOLE_MESSAGE});
    }
    program.add(new long[] {RETURN, 0, 0, 0});
    return program;
  }
}
