package io.flannelj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLinesTest {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger logger = context.getLogger("io.flannelj.test");

  @Test
  void lineHasTimeLevelAndText() {
    assertThat(line("2026-11-25T17:00:02.846Z", Level.INFO, null))
        .isEqualTo("2026-11-25T17:00:02.846Z INFO  lease 10.244.1.0/24\n");
    assertThat(line("2026-11-25T17:00:02Z", Level.ERROR, null))
        .isEqualTo("2026-11-25T17:00:02.000Z ERROR lease 10.244.1.0/24\n");
  }

  @Test
  void failureIsBelowItsLine() {
    assertThat(line("2026-11-25T17:00:02.846Z", Level.WARN, new IOException("no space")))
        .startsWith(
            "2026-11-25T17:00:02.846Z WARN  lease 10.244.1.0/24\njava.io.IOException: no space\n")
        .contains("\tat io.flannelj.cli.LogLinesTest");
  }

  @Test
  void logbackFindsItsSetup() {
    assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr"))
        .isInstanceOfSatisfying(
            OutputStreamAppender.class,
            appender -> assertThat(appender.getEncoder()).isInstanceOf(LogLines.class));
    assertThat(context.getLogger("io.netty.util").getEffectiveLevel()).isEqualTo(Level.WARN);
  }

  private String line(String time, Level level, @Nullable Throwable failure) {
    LoggingEvent event =
        new LoggingEvent("", logger, level, "lease {}", failure, new Object[] {"10.244.1.0/24"});
    event.setTimeStamp(Instant.parse(time).toEpochMilli());
    return new String(new LogLines().encode((ILoggingEvent) event), StandardCharsets.UTF_8);
  }
}
