package io.flannelj.cni.reference;

import io.flannelj.cni.PluginContext;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.LegacyTool;
import io.flannelj.libc.NativeException;
import java.io.IOException;

/**
 * A container's chain in the table {@code nat} of iptables-legacy. Its tool is started only where
 * the kernel says that the chain is there.
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
          remove(c, family);
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

  private void remove(PluginContext c, LegacyFamily family)
      throws IOException, InterruptedException {
    String owned = "--comment \"" + comment.replace("\"", "\\\"") + "\" ";
    StringBuilder change = new StringBuilder("*" + TABLE + "\n");
    for (String rule : LegacyTool.save(family, TABLE)) {
      if (rule.endsWith(" -j " + name)) {
        if (!rule.startsWith("-A " + from + " ") || !rule.contains(owned)) {
          c.log("the legacy chain " + name + " stays, for somebody else jumps to it: " + rule);
          return;
        }
        change.append("-D").append(rule.substring(2)).append('\n');
      }
    }
    change.append("-F " + name + "\n-X " + name + "\nCOMMIT\n");
    LegacyTool.change(family, change.toString());
  }
}
