package io.flannelj.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** {@code 2026-11-25T17:00:02.846Z INFO text}, the stack trace of a failure below it. */
final class LogLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static final int LEVEL_WIDTH = 5;

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    String time = Instant.ofEpochMilli(event.getTimeStamp()).toString();
    line.append(time, 0, time.length() - 1);
    // Instant leaves milliseconds out where they are 0.
    if (time.indexOf('.') < 0) {
      line.append(".000");
    }
    line.append("Z ").append(event.getLevel());
    for (int i = event.getLevel().toString().length(); i <= LEVEL_WIDTH; i++) {
      line.append(' ');
    }
    line.append(event.getFormattedMessage()).append('\n');
    @Nullable IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(ThrowableProxyUtil.asString(failure));
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
