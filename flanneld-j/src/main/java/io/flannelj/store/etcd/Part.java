package io.flannelj.store.etcd;

import java.nio.ByteBuffer;

/** A part of an HTTP answer, as it arrives. */
sealed interface Part {
  /** The status line has come. */
  record Head(int status) implements Part {}

  /** Some of the body. */
  record Data(ByteBuffer bytes) implements Part {}

  /** The body is complete. */
  record End() implements Part {}

  /** There will be no more. */
  record Broken(String why) implements Part {}
}
