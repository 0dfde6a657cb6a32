package io.flannelj.cni.server;

/** Numbers of the sections, docs/cni-socket.md section 2.2. Not an enum: unknown ones are fine. */
final class SectionType {
  static final int KIND = 0x01;
  static final int PROTOCOL = 0x02;
  static final int BUILD = 0x03;
  static final int PLUGIN = 0x04;
  static final int ENV = 0x05;
  static final int STDIN = 0x06;
  static final int NETNS = 0x07;
  static final int STATUS = 0x08;
  static final int STDOUT = 0x09;
  static final int STDERR = 0x0a;
  static final int COMMAND = 0x0b;
  static final int OUTCOME = 0x0c;
  static final int CODE = 0x0d;
  static final int TEXT = 0x0e;
  static final int PATH = 0x0f;
  static final int FLAGS = 0x10;
  static final int REASON = 0x11;

  private SectionType() {}
}
