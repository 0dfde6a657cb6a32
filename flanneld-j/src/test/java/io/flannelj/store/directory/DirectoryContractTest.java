package io.flannelj.store.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.LeaseStoreContract;
import io.flannelj.store.StorePlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class DirectoryContractTest extends LeaseStoreContract {
  @TempDir private Path parent;

  @Override
  protected StorePlace makePlace() {
    return new Place(parent);
  }

  private static final class Place implements StorePlace {
    private final Path parent;
    private final Path directory;
    private Path now;

    Place(Path parent) {
      this.parent = parent;
      directory = parent.resolve("leases");
      now = directory;
    }

    @Override
    public LeaseStore open(String node) {
      return new DirectoryStore(directory, LeaseClock.even(Clock.systemUTC()), text -> {});
    }

    private Path file(SubnetKey key) {
      return now.resolve(LeaseFile.nameOf(key));
    }

    private static SubnetKey key(IpPrefix subnet) {
      return new SubnetKey(subnet, Optional.empty());
    }

    private void write(Path file, byte[] content) {
      try {
        Files.createDirectories(now);
        Path scratch = now.resolve(".written");
        Files.write(scratch, content);
        Files.move(
            scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void write(Lease lease) {
      write(file(lease.key()), LeaseFile.write(lease));
    }

    @Override
    public void writeEnding(Lease lease) {
      write(lease.withExpiry(System.currentTimeMillis() + 2_000));
    }

    @Override
    public void writeMalformed(IpPrefix subnet) {
      write(file(key(subnet)), "{\"PublicIP\":12".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void remove(Lease lease) {
      try {
        Files.delete(file(lease.key()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean isReserved(IpPrefix subnet) {
      try {
        byte[] content = Files.readAllBytes(file(key(subnet)));
        return LeaseFile.read(key(subnet), content).isReservation();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void whileAway(Runnable work) {
      move(parent.resolve("elsewhere"));
      work.run();
      move(directory);
    }

    private void move(Path to) {
      try {
        Files.move(now, to);
        now = to;
        assertThat(now).isDirectory();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      // The directory is the test's.
    }
  }
}
