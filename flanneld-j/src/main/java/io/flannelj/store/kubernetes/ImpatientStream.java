package io.flannelj.store.kubernetes;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Fails a read that gets nothing for too long, by closing the connection under it. */
final class ImpatientStream extends FilterInputStream {
  private static final int LOOKS = 4;

  private final Duration patience;
  private final ScheduledFuture<?> looking;
  // Reading starts before a read and ends after it; what is not asked for cannot be late.
  private volatile long since = System.nanoTime();
  private volatile boolean reading;
  private volatile boolean silent;

  ImpatientStream(InputStream in, Duration patience, ScheduledExecutorService timer) {
    super(in);
    this.patience = patience;
    long period = Math.max(1, patience.toMillis() / LOOKS);
    looking = timer.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (reading && System.nanoTime() - since > patience.toNanos()) {
      silent = true;
      looking.cancel(false);
      try {
        in.close();
      } catch (IOException e) {
        // It is given up anyway; the reader says why.
        reading = false;
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    since = System.nanoTime();
    reading = true;
    try {
      int read = in.read(bytes, offset, length);
      if (read < 0 && silent) {
        throw silence();
      }
      return read;
    } catch (IOException e) {
      throw silent ? silence() : e;
    } finally {
      reading = false;
    }
  }

  private ApiException silence() {
    return new ApiException(
        0, 0, "the API server sends nothing for " + patience.toSeconds() + " s in mid-answer");
  }

  @Override
  public void close() throws IOException {
    looking.cancel(false);
    super.close();
  }
}
