package io.flannelj.libc;

import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Memory of one thread for sendmsg(2) and recvmsg(2): a msghdr, one iovec, room for control data
 * and a piece of the stream. The layouts are those of a 64-bit kernel, cmsg(3).
 */
final class StreamMessage {
  /** Bytes that are received at once; a CNI request has 1 to 4 KiB. */
  static final int PIECE = 16 * 1024;

  /** MSG_CMSG_CLOEXEC. */
  static final int CLOSE_ON_EXEC = 0x40000000;

  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_LENGTH = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int HEADER_SIZE = 56;

  private static final int VECTOR_AT = HEADER_SIZE;
  private static final int CONTROL_AT = VECTOR_AT + 16;
  private static final int CONTROL_HEADER = 16;
  private static final int CONTROL_SIZE = 56;
  private static final int DATA_AT = CONTROL_AT + CONTROL_SIZE;

  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 8;

  private static final ThreadLocal<StreamMessage> OF_THREAD =
      ThreadLocal.withInitial(StreamMessage::new);

  private final Pointer memory =
      Runtime.getSystemRuntime().getMemoryManager().allocateDirect(DATA_AT + PIECE);
  private final Pointer data = memory.slice(DATA_AT, PIECE);

  private StreamMessage() {}

  static StreamMessage ofThread() {
    return OF_THREAD.get();
  }

  Pointer header() {
    return memory;
  }

  Pointer data() {
    return data;
  }

  /** For receiving: room for a piece and for so many descriptors, not one more. */
  void prepare(int descriptors) {
    write(PIECE, descriptors);
  }

  /**
   * For sending.
   *
   * @return how many of the bytes are part of it
   */
  int compose(byte[] bytes, FileDescriptor... passed) {
    int length = Math.min(bytes.length, PIECE);
    write(length, passed.length);
    data.put(0, bytes, 0, length);
    memory.putLong(CONTROL_AT, controlLength(passed.length));
    memory.putInt(CONTROL_AT + 8, Sockets.SOL_SOCKET);
    memory.putInt(CONTROL_AT + 12, SCM_RIGHTS);
    for (int i = 0; i < passed.length; i++) {
      memory.putInt(CONTROL_AT + CONTROL_HEADER + 4L * i, passed[i].number());
    }
    return length;
  }

  private static int controlLength(int descriptors) {
    return CONTROL_HEADER + 4 * descriptors;
  }

  private void write(int length, int descriptors) {
    if (controlLength(descriptors) > CONTROL_SIZE) {
      throw new IllegalArgumentException(descriptors + " descriptors in one message");
    }
    memory.putLong(NAME, 0);
    memory.putLong(NAME_LENGTH, 0);
    memory.putLong(VECTOR, memory.address() + VECTOR_AT);
    memory.putLong(VECTOR_LENGTH, 1);
    memory.putLong(CONTROL, memory.address() + CONTROL_AT);
    memory.putLong(CONTROL_LENGTH, controlLength(descriptors));
    memory.putLong(FLAGS, 0);
    memory.putLong(VECTOR_AT, memory.address() + DATA_AT);
    memory.putLong(VECTOR_AT + 8, length);
  }

  /** What was received. */
  byte[] bytes(long length) {
    byte[] bytes = new byte[(int) length];
    data.get(0, bytes, 0, bytes.length);
    return bytes;
  }

  /**
   * Owns what has come.
   *
   * @param most the room that there was, and is not filled if the process may open no more
   * @param bytes what came with them
   */
  void takeDescriptors(List<FileDescriptor> received, int most, byte[] bytes) {
    long given = memory.getLong(CONTROL_LENGTH);
    int taken = 0;
    if (given >= CONTROL_HEADER && memory.getInt(CONTROL_AT + 12) == SCM_RIGHTS) {
      long end = memory.getLong(CONTROL_AT);
      for (long at = CONTROL_HEADER; at < end; at += 4) {
        received.add(FileDescriptor.own(memory.getInt(CONTROL_AT + at)));
        taken++;
      }
    }
    if ((memory.getInt(FLAGS) & MSG_CTRUNC) != 0) {
      throw taken < most
          ? new NoDescriptorLeftException(bytes)
          : new NativeException("recvmsg", "SCM_RIGHTS", Errno.E2BIG.number());
    }
  }
}
