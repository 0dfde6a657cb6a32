package io.flannelj.libc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Changes a table of iptables-legacy. The kernel takes such a table only as a whole, from whoever
 * knows all extensions in it: so it is changed by its own tool, iptables-legacy-restore(8), which
 * does all of one change at once.
 */
public final class LegacyTool {
  private static final String LOCK_SECONDS = "5";

  private LegacyTool() {}

  /**
   * A table's lines, in the form of iptables-save(8). A table that is not there is loaded.
   *
   * @throws IOException if the tool is not installed, or with what it says
   */
  public static List<String> save(LegacyFamily family, String table)
      throws IOException, InterruptedException {
    return run("", family.program() + "-save", "-t", table);
  }

  /**
   * Makes a change, in the form of iptables-restore(8), beside what is there.
   *
   * @throws IOException if the tool is not installed, or with what it says
   */
  public static void change(LegacyFamily family, String text)
      throws IOException, InterruptedException {
    run(text, family.program() + "-restore", "--noflush", "-w", LOCK_SECONDS);
  }

  private static List<String> run(String input, String... command)
      throws IOException, InterruptedException {
    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream stdin = program.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    List<String> lines;
    try (InputStream out = program.getInputStream()) {
      lines = new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    if (program.waitFor() != 0) {
      throw new IOException(command[0] + ": " + String.join(" ", lines));
    }
    return lines;
  }
}
