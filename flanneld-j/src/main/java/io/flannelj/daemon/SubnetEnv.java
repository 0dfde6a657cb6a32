package io.flannelj.daemon;

import io.flannelj.net.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;

/**
 * subnet.env, which CNI plugins and flannel's users read. It appears once it is true, by rename,
 * and stays when the daemon stops.
 *
 * @param network the cluster's network
 * @param subnet this node's pods, without host bits
 * @param mtu bytes
 * @param ipMasq whether the daemon masquerades
 */
public record SubnetEnv(IpPrefix network, IpPrefix subnet, int mtu, boolean ipMasq) {

  /** The file's text, in flannel's order; the subnet is that of the gateway address. */
  public String text() {
    return "FLANNEL_NETWORK="
        + network
        + "\nFLANNEL_SUBNET="
        + new IpPrefix(subnet.address().plus(1), subnet.length())
        + "\nFLANNEL_MTU="
        + mtu
        + "\nFLANNEL_IPMASQ="
        + ipMasq
        + "\n";
  }

  /** Writes the file unless it says the same already; mode 0644, directory 0755. */
  public void write(Path file) {
    byte[] content = text().getBytes(StandardCharsets.UTF_8);
    try {
      if (Files.isRegularFile(file)
          && new String(Files.readAllBytes(file), StandardCharsets.UTF_8).equals(text())) {
        return;
      }
      Path directory =
          Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a directory");
      Files.createDirectories(directory);
      Path scratch = directory.resolve("." + file.getFileName() + ".new");
      Files.write(scratch, content);
      Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(
          scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written: " + e, e);
    }
  }

  /** The subnet that a previous run had, if the file is there and can be read. */
  public static Optional<IpPrefix> previousSubnet(Path file) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith("FLANNEL_SUBNET=")) {
          return Optional.of(IpPrefix.parse(line.substring(line.indexOf('=') + 1)).masked());
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }
}
