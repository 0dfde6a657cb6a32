package io.flannelj.store.etcd;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The bytes of a watch's connection, HTTP and all, in pieces as they may come: each line is an
 * answer or the end of the watch with a reason, wherever it was cut.
 *
 * <p>Input: the length of the pieces, then the bytes.
 */
class EtcdWatchFuzzTest {
  private static final Endpoint MEMBER = Endpoint.of("http://192.0.2.1:2379");

  @FuzzTest
  void stream(byte[] input) {
    Untrusted.within(
        () -> {
          int piece = input.length == 0 ? 1 : Math.max(1, input[0] & 0xff);
          byte[] bytes = input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
          EmbeddedChannel channel = new EmbeddedChannel();
          try (WatchStream stream = new WatchStream(watch(channel))) {
            if (Untrusted.only(IOException.class, () -> read(channel, stream, bytes, piece))) {
              throw new AssertionError("the end of the connection was not told");
            }
          } finally {
            channel.releaseOutbound();
            channel.finishAndReleaseAll();
          }
        });
  }

  private static Connection watch(EmbeddedChannel channel) {
    Connection connection = Connection.over(channel, MEMBER);
    connection.post("/v3/watch", Requests.watch("/net/subnets/", 7), Map.of());
    return connection;
  }

  private static void read(EmbeddedChannel channel, WatchStream stream, byte[] bytes, int piece)
      throws IOException, InterruptedException {
    FoldedLeases leases = new FoldedLeases();
    for (int from = 0; from < bytes.length && channel.isOpen(); from += piece) {
      int end = Math.min(bytes.length, from + piece);
      channel.writeInbound(Unpooled.wrappedBuffer(bytes, from, end - from));
      take(stream, leases);
    }
    channel.close();
    take(stream, leases);
  }

  private static void take(WatchStream stream, FoldedLeases leases)
      throws IOException, InterruptedException {
    Optional<Answer> answer = stream.next(0);
    while (answer.isPresent()) {
      answer.get().events().forEach(leases::fold);
      answer = stream.next(0);
    }
  }
}
