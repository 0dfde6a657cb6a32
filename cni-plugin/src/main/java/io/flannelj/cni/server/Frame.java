package io.flannelj.cni.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A frame that has arrived, taken apart.
 *
 * @param kind what it is
 * @param sections all others in their order, those of unknown type too
 */
record Frame(FrameKind kind, List<Section> sections) {
  /** Largest value of the length field in bytes, either direction. */
  static final int LIMIT = 4 << 20;

  private static final int HEADER = 6;

  /** One section; the bytes are not copied and nobody changes them. */
  record Section(int type, ByteBuffer value) {}

  /** Takes apart what follows the length field. */
  static Frame parse(byte[] body) throws MalformedFrameException {
    ByteBuffer rest = ByteBuffer.wrap(body);
    Section kind = next(rest);
    if (kind.type() != SectionType.KIND) {
      throw new MalformedFrameException("the first section is of type " + kind.type());
    }
    FrameKind known = FrameKind.of(number(kind));
    List<Section> sections = new ArrayList<>();
    while (rest.hasRemaining()) {
      sections.add(next(rest));
    }
    return new Frame(known, sections);
  }

  private static Section next(ByteBuffer rest) throws MalformedFrameException {
    if (rest.remaining() < HEADER) {
      throw new MalformedFrameException("a section's header is cut off");
    }
    int type = Short.toUnsignedInt(rest.getShort());
    int length = rest.getInt();
    if (length < 0 || length > rest.remaining()) {
      throw new MalformedFrameException("section " + type + " runs over the end of its frame");
    }
    ByteBuffer value = rest.slice(rest.position(), length).asReadOnlyBuffer();
    rest.position(rest.position() + length);
    return new Section(type, value);
  }

  private static int number(Section section) throws MalformedFrameException {
    if (section.value().remaining() != Integer.BYTES) {
      throw new MalformedFrameException(
          "section " + section.type() + " has " + section.value().remaining() + " bytes, not 4");
    }
    return section.value().getInt(0);
  }

  /** The last section of a type: of one that comes twice, the last one holds. */
  private Optional<Section> find(int type) {
    Optional<Section> found = Optional.empty();
    for (Section section : sections) {
      if (section.type() == type) {
        found = Optional.of(section);
      }
    }
    return found;
  }

  private Section require(int type) throws MalformedFrameException {
    return find(type)
        .orElseThrow(() -> new MalformedFrameException(kind + " lacks section " + type));
  }

  int requiredNumber(int type) throws MalformedFrameException {
    return number(require(type));
  }

  int numberOr(int type, int missing) throws MalformedFrameException {
    Optional<Section> section = find(type);
    return section.isPresent() ? number(section.get()) : missing;
  }

  String requiredText(int type) throws MalformedFrameException {
    return text(require(type).value());
  }

  Optional<String> text(int type) {
    return find(type).map(section -> text(section.value()));
  }

  ByteBuffer requiredBytes(int type) throws MalformedFrameException {
    return require(type).value().duplicate();
  }

  /** A copy of the value; empty if the section is missing. */
  byte[] bytesOrEmpty(int type) {
    return find(type).map(section -> copy(section.value())).orElseGet(() -> new byte[0]);
  }

  static byte[] copy(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    return bytes;
  }

  /** UTF-8; what is not is replaced. */
  static String text(ByteBuffer value) {
    return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
  }
}
