package io.flannelj.daemon;

import io.flannelj.config.ConfigException;
import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StoreException;
import io.flannelj.store.lastgood.LastGood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network's configuration, from the store or from a file. It is read once, as flannel does: a
 * change is told, and is used when the daemon starts again. One that cannot be read, or not be
 * used, is no reason to leave a node without network that had one: that of the last good snapshot
 * is used then. May be asked by any thread.
 */
final class NetConfSource {
  private static final Logger LOG = LoggerFactory.getLogger(NetConfSource.class);

  private final Path file;
  private final LeaseStore store;
  private final WithoutStore withoutStore;
  private volatile Optional<NetConf> inForce = Optional.empty();
  private volatile String text = "";
  private volatile String note = "";
  // What a problem with the configured one is told with.
  private String instead = "";

  NetConfSource(Path file, LeaseStore store, WithoutStore withoutStore) {
    this.file = file;
    this.store = store;
    this.withoutStore = withoutStore;
  }

  /**
   * The configuration to be used from now on.
   *
   * @throws ConfigException naming what is wrong, if there is no last good one either
   */
  NetConf read() {
    String found;
    String problem = "";
    NetConf netConf;
    try {
      found = fetch();
      netConf = NetConfReader.read(found);
    } catch (ConfigException | StoreException e) {
      problem = String.valueOf(e.getMessage());
      found = withoutStore.lastGood().map(LastGood::netConf).orElse("");
      if (found.isEmpty()) {
        throw e;
      }
      netConf = NetConfReader.read(found);
    }
    text = found;
    inForce = Optional.of(netConf);
    instead =
        problem.isEmpty()
            ? "the network stays as it was: "
            : "the network is that of the last good snapshot: ";
    note = problem.isEmpty() ? "" : instead + problem;
    return netConf;
  }

  private String fetch() {
    Optional<String> stored = store.netConf();
    return stored.isPresent() ? stored.get() : fromFile();
  }

  private String fromFile() {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfigException(
          file
              + " does not exist; write the network there, such as"
              + " {\"Network\": \"10.244.0.0/16\"}, or name another file with"
              + " --net-config-path");
    } catch (IOException e) {
      throw new ConfigException(file + " cannot be read: " + e);
    }
  }

  /** Looks whether the configuration is still what is used. */
  void look() {
    if (inForce.isEmpty()) {
      return;
    }
    String now;
    try {
      boolean same = NetConfReader.read(fetch()).equals(inForce.get());
      now = same ? "" : "the configured network was changed: it is used when flanneld starts again";
    } catch (ConfigException e) {
      now = instead + e.getMessage();
    } catch (StoreException e) {
      // The store tells itself that it is away, and what was said before may still be so.
      return;
    }
    if (!now.equals(note)) {
      LOG.warn("{}", now.isEmpty() ? "the network is the configured one" : now);
      note = now;
    }
  }

  /** Text of the configuration in force. */
  String text() {
    return text;
  }

  /** What is to be told of it; empty if it is as it should be. */
  String note() {
    return note;
  }
}
