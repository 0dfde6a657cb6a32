package io.flannelj.store.etcd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;

/** A running watch: one answer a line, until it breaks. Used by one thread. */
final class WatchStream implements AutoCloseable {
  private static final int OK = 200;

  private final Connection connection;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);
  private byte[] rest = {};
  private int at;
  private int status;

  WatchStream(Connection connection) {
    this.connection = connection;
  }

  Endpoint endpoint() {
    return connection.endpoint();
  }

  /**
   * The next answer.
   *
   * @param millis how long to wait for it, 0: not at all
   * @return empty if none came
   * @throws IOException if the watch has ended, with the member's word for it
   */
  Optional<Answer> next(long millis) throws IOException, InterruptedException {
    while (true) {
      if (takeLine()) {
        byte[] text = line.toByteArray();
        line.reset();
        if (text.length > 0) {
          return Optional.of(EtcdClient.answer(endpoint().url(), "/v3/watch", status, text));
        }
        continue;
      }
      Optional<Part> part = millis > 0 ? connection.next(millis) : connection.next();
      if (part.isEmpty()) {
        return Optional.empty();
      }
      if (part.get() instanceof Part.Head head) {
        status = head.status();
      } else if (part.get() instanceof Part.Data data) {
        rest = data.bytes().array();
        at = 0;
      } else {
        throw ended(part.get() instanceof Part.Broken broken ? broken.why() : "it ended the watch");
      }
    }
  }

  private IOException ended(String why) throws IOException {
    if (line.size() > 0 && status != OK) {
      EtcdClient.answer(endpoint().url(), "/v3/watch", status, line.toByteArray());
    }
    return EtcdException.unreached(endpoint().url() + " (" + why + ")");
  }

  /** Moves bytes to the line up to the next line feed; whether there was one. */
  private boolean takeLine() {
    int from = at;
    while (at < rest.length) {
      if (rest[at++] == '\n') {
        line.write(rest, from, at - 1 - from);
        return true;
      }
    }
    line.write(rest, from, at - from);
    return false;
  }

  @Override
  public void close() {
    connection.close();
  }
}
