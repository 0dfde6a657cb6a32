package io.flannelj.daemon;

import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * subnet.env, which CNI plugins and flannel's users read. It appears once it is true, by rename,
 * and stays when the daemon stops.
 *
 * @param pools the enabled families' networks, IPv4 first
 * @param lease the node's lease
 * @param mtu bytes
 * @param ipMasq whether the daemon masquerades
 */
public record SubnetEnv(List<SubnetPool> pools, Lease lease, int mtu, boolean ipMasq) {

  /** The file's text, in flannel's order; the subnet is that of the gateway address. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (SubnetPool pool : pools) {
      IpPrefix subnet = lease.half(pool.family()).orElseThrow().subnet();
      text.append(networkKey(pool.family())).append('=').append(pool.network()).append('\n');
      text.append(subnetKey(pool.family())).append('=');
      text.append(new IpPrefix(subnet.address().plus(1), subnet.length())).append('\n');
    }
    return text + "FLANNEL_MTU=" + mtu + "\nFLANNEL_IPMASQ=" + ipMasq + "\n";
  }

  private static String networkKey(AddressFamily family) {
    return family == AddressFamily.IPV4 ? "FLANNEL_NETWORK" : "FLANNEL_IPV6_NETWORK";
  }

  private static String subnetKey(AddressFamily family) {
    return family == AddressFamily.IPV4 ? "FLANNEL_SUBNET" : "FLANNEL_IPV6_SUBNET";
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
  public static Optional<IpPrefix> previousSubnet(Path file, AddressFamily family) {
    String key = subnetKey(family) + "=";
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(key)) {
          return Optional.of(IpPrefix.parse(line.substring(key.length())).masked());
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }
}
