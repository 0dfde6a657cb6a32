package io.flannelj.daemon;

import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.pod.PodMac;
import io.flannelj.kernel.PodNetwork;
import io.flannelj.kernel.PodPortFacts;
import io.flannelj.kernel.RememberedBridge;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the pods' bridge was, for a start after it was deleted. Two sources: a file of this daemon's
 * beside its sockets, gone with the boot like the pods; and the records of attachments, which know
 * of pods that came while no daemon ran. Only the file knows of pods made by Go plugins.
 */
final class BridgeMemory {
  private static final Logger LOG = LoggerFactory.getLogger(BridgeMemory.class);
  private static final int BRIDGE_WORDS = 4;
  private static final int PORT_WORDS = 5;

  private final Path file;
  private volatile Function<Predicate<IpAddress>, List<AttachmentRecord>> living = ip -> List.of();
  private Optional<RememberedBridge> written = Optional.empty();

  /**
   * Reads nothing yet.
   *
   * @param stateDir the daemon's, on tmpfs
   */
  BridgeMemory(Path stateDir) {
    this.file = stateDir.resolve("bridge");
  }

  /** Asks for living attachments there from now on. */
  void use(Function<Predicate<IpAddress>, List<AttachmentRecord>> source) {
    living = source;
  }

  /** What the bridge was; empty if nobody knows of one. */
  Optional<RememberedBridge> recall(PodNetwork network) {
    Optional<RememberedBridge> before = read();
    List<AttachmentRecord> records = living.apply(ip -> true);
    Optional<String> name =
        before
            .map(RememberedBridge::name)
            .or(
                () ->
                    records.stream()
                        .filter(record -> network.holds(record.ip()))
                        .map(record -> record.port().bridge())
                        .filter(bridge -> !bridge.isEmpty())
                        .findFirst());
    return name.map(bridge -> with(records, before, bridge, network));
  }

  private static RememberedBridge with(
      List<AttachmentRecord> records,
      Optional<RememberedBridge> before,
      String name,
      PodNetwork network) {
    Map<Integer, PodPortFacts> ports = new HashMap<>();
    for (AttachmentRecord record : records) {
      AttachmentRecord.BridgePort port = record.port();
      if (port.bridge().equals(name)) {
        ports.put(
            record.hostIndex(),
            new PodPortFacts(record.hostVeth(), "", 0, port.hairpin(), port.isolated()));
      }
    }
    before.ifPresent(known -> ports.putAll(known.ports()));
    return before
        .map(
            known ->
                new RememberedBridge(name, known.mac(), known.mtu(), known.likeTunnel(), ports))
        .orElseGet(() -> new RememberedBridge(name, mac(network), network.mtu(), true, ports));
  }

  /** What the plugin gives to a bridge that it makes. */
  private static MacAddress mac(PodNetwork network) {
    return network.gateways().stream()
        .min(Comparator.comparing(gateway -> !gateway.isIpv4()))
        .map(IpPrefix::address)
        .map(PodMac::of)
        .orElseThrow();
  }

  /** Keeps it for the next start, if it is news. Called by the node's thread, and at the end. */
  synchronized void keep(Optional<RememberedBridge> now) {
    if (now.isEmpty() || now.equals(written)) {
      return;
    }
    Path scratch = file.resolveSibling(".bridge.new");
    try {
      Files.writeString(scratch, text(now.get()));
      Files.move(
          scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      written = now;
    } catch (IOException e) {
      LOG.warn("{} cannot be written: {}", file, e.toString());
      written = now;
    }
  }

  private static String text(RememberedBridge bridge) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s %s %d %b%n".formatted(bridge.name(), bridge.mac(), bridge.mtu(), bridge.likeTunnel()));
    bridge
        .ports()
        .forEach(
            (index, port) ->
                text.append(
                    "%d %s %d %b %b%n"
                        .formatted(
                            index, port.name(), port.mtu(), port.hairpin(), port.isolated())));
    return text.toString();
  }

  /** A file that cannot be understood is as good as none. */
  private Optional<RememberedBridge> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      List<String> lines = Files.readAllLines(file);
      String[] bridge = words(lines.get(0), BRIDGE_WORDS);
      Map<Integer, PodPortFacts> ports = new HashMap<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] port = words(line, PORT_WORDS);
        ports.put(
            Integer.parseInt(port[0]),
            new PodPortFacts(
                port[1],
                "",
                Integer.parseInt(port[2]),
                Boolean.parseBoolean(port[3]),
                Boolean.parseBoolean(port[4])));
      }
      return Optional.of(
          new RememberedBridge(
              bridge[0],
              MacAddress.parse(bridge[1]),
              Integer.parseInt(bridge[2]),
              Boolean.parseBoolean(bridge[3]),
              ports));
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      LOG.warn("{} is passed over: {}", file, e.toString());
      return Optional.empty();
    }
  }

  private static String[] words(String line, int count) {
    String[] words = line.split(" ", -1);
    if (words.length != count) {
      throw new IllegalArgumentException("\"" + line + "\" has not " + count + " words");
    }
    return words;
  }
}
