package io.flannelj.cni.reference;

import io.flannelj.cni.PluginContext;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.NativeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A container's chain in the table {@code nat} of iptables-legacy. The kernel takes such a table
 * only as a whole, from whoever knows all extensions in it: so it is changed by its own tool, which
 * is started only where the kernel says that the chain is there.
 *
 * @param name of the chain
 * @param from the chain that jumps to it
 * @param comment of the rules that jump
 */
record LegacyChain(String name, String from, String comment) {
  private static final String TABLE = "nat";

  /** In both families. What stays is told. */
  void remove(PluginContext c) {
    for (LegacyFamily family : LegacyFamily.values()) {
      try {
        // Asking for a table that is not there would load its module.
        if (family.isLoaded(TABLE) && LegacyTables.hasChain(family, TABLE, name)) {
          remove(c, family.program());
        }
      } catch (IOException | NativeException e) {
        c.log(
            "the legacy chain "
                + name
                + " that another plugin made stays: "
                + e.getMessage()
                + "; look with "
                + family.program()
                + " -t nat -S");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void remove(PluginContext c, String tool) throws IOException, InterruptedException {
    String owned = "--comment \"" + comment.replace("\"", "\\\"") + "\" ";
    StringBuilder change = new StringBuilder("*" + TABLE + "\n");
    for (String rule : run("", tool + "-save", "-t", TABLE)) {
      if (rule.endsWith(" -j " + name)) {
        if (!rule.startsWith("-A " + from + " ") || !rule.contains(owned)) {
          c.log("the legacy chain " + name + " stays, for somebody else jumps to it: " + rule);
          return;
        }
        change.append("-D").append(rule.substring(2)).append('\n');
      }
    }
    change.append("-F " + name + "\n-X " + name + "\nCOMMIT\n");
    run(change.toString(), tool + "-restore", "--noflush", "-w", "5");
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
