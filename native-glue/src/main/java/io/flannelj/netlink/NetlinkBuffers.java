package io.flannelj.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Native memory that sockets with a short life take one after the other. If each allocated its own,
 * that of sockets long gone would pile up until the collector has looked at the old generation: 64
 * MiB with a hundred CNI calls at once. Safe for several threads.
 */
public final class NetlinkBuffers {
  // One dump answer is at most 32 KiB; an acknowledgement with texts stays far below.
  private static final int RECEIVE_BYTES = 64 * 1024;
  private static final int SEND_BYTES = 16 * 1024;
  private static final int MOST_IDLE = 32;

  private final Deque<Pair> idle = new ArrayDeque<>();

  /** What one socket needs; larger ones may be given back. */
  record Pair(ByteBuffer send, ByteBuffer receive) {}

  synchronized Pair take() {
    Pair pair = idle.pollFirst();
    return pair == null ? new Pair(allocate(SEND_BYTES), allocate(RECEIVE_BYTES)) : pair;
  }

  synchronized void giveBack(Pair pair) {
    if (idle.size() < MOST_IDLE) {
      idle.addFirst(pair);
    }
  }

  static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
  }
}
