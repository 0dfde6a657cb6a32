package io.flannelj.cni.ipam;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniCall;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FuzzedNode;
import io.flannelj.testkit.Untrusted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that host-local finds: whatever a record, its sidecar and the last address hold, calls are
 * answered, and a DEL succeeds, and so does an ADD unless the record is its own.
 *
 * <p>Input: name of the record, its content, content of its sidecar, of the file of the last
 * address; a NUL between each.
 */
class AddressRecordFuzzTest {
  private static final String DIRECTORY = "/var/lib/cni/networks/net/";
  private static final int PARTS = 4;
  private static final String CONF =
      "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"host-local\",\"ipam\":{\"type\":"
          + "\"host-local\",\"ranges\":[[{\"subnet\":\"10.1.0.0/28\"}]]},"
          + "\"cni.dev/valid-attachments\":[]}";

  @TempDir private static Path outside = Path.of("");

  @FuzzTest
  void files(byte[] input) {
    List<byte[]> parts = parts(input);
    Owner owner = Owner.parse(parts.get(1));
    Untrusted.same(owner, Owner.parse(owner.toBytes()));
    Untrusted.within(
        () -> {
          try (FuzzedNode node = new FuzzedNode(outside)) {
            String name = new String(parts.get(0), StandardCharsets.UTF_8);
            // A slash would make directories, which only somebody with a shell does here.
            boolean whole = name.indexOf('/') < 0 && put(node, DIRECTORY + name, parts.get(1));
            put(node, DIRECTORY + "last_reserved_ip.0", parts.get(3));
            if (whole) {
              put(node, "/run/flannel/attachments/net/" + name, parts.get(2));
            }
            for (String verb : List.of("STATUS", "CHECK", "ADD", "CHECK", "DEL", "GC")) {
              CniAnswer answer = call(node, verb);
              boolean mayFail =
                  verb.equals("CHECK") || (verb.equals("ADD") && owner.containerId().equals("c1"));
              if (!answer.isSuccess() && !mayFail) {
                throw new AssertionError(verb + ": " + answer);
              }
            }
          }
        });
  }

  private static List<byte[]> parts(byte[] input) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < input.length && parts.size() < PARTS - 1; i++) {
      if (input[i] == 0) {
        parts.add(Arrays.copyOfRange(input, start, i));
        start = i + 1;
      }
    }
    parts.add(Arrays.copyOfRange(input, start, input.length));
    while (parts.size() < PARTS) {
      parts.add(new byte[0]);
    }
    return parts;
  }

  /** Makes a file, unless its name is none. */
  private static boolean put(FuzzedNode node, String inside, byte[] content) {
    String name = inside.substring(inside.lastIndexOf('/') + 1);
    if (name.equals(".") || name.equals("..") || name.isEmpty() || name.length() > 60) {
      return false;
    }
    try {
      Path path = node.caller().path(inside);
      if (!path.normalize().equals(path) || Files.isDirectory(path)) {
        return false;
      }
      Files.createDirectories(path.resolveSibling(""));
      Files.write(path, content);
      return true;
    } catch (InvalidPathException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CniAnswer call(FuzzedNode node, String verb) {
    return node.call(
        new CniCall(
            "host-local",
            Map.of(
                "CNI_COMMAND", verb,
                "CNI_CONTAINERID", "c1",
                "CNI_NETNS", "/run/netns/x",
                "CNI_IFNAME", "eth0",
                "CNI_PATH", "/opt/cni/bin"),
            CONF.getBytes(StandardCharsets.UTF_8)),
        new HostLocal(Calls.attachments(), () -> 1_764_000_000_000L));
  }
}
