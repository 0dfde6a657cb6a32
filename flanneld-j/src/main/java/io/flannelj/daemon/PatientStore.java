package io.flannelj.daemon;

import io.flannelj.lease.Lease;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A store whose calls may hang for ever, such as a directory on a network file system whose server
 * is gone: no signal and no interrupt ends such a call. So it is made on a thread of its own, and
 * given up after a while; as long as it hangs no other is begun. What it still does when the file
 * system answers is what was asked for, and does no harm: leases are renewed by the same request.
 */
final class PatientStore extends ForwardingStore {
  private final Duration patience;
  private final ExecutorService hand =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "store-calls");
            thread.setDaemon(true);
            return thread;
          });
  private Optional<Future<?>> hanging = Optional.empty();

  PatientStore(LeaseStore store, Duration patience) {
    super(store);
    this.patience = patience;
  }

  private synchronized <T> Future<T> begin(Callable<T> call) {
    if (hanging.filter(former -> !former.isDone()).isPresent()) {
      throw silent();
    }
    hanging = Optional.empty();
    return hand.submit(call);
  }

  private synchronized void givenUp(Future<?> call) {
    hanging = Optional.of(call);
  }

  private StoreException silent() {
    return StoreException.silent(store.name(), patience.toSeconds());
  }

  private <T> T ask(Callable<T> call) {
    Future<T> answer = begin(call);
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      givenUp(answer);
      StoreException silent = silent();
      silent.addSuppressed(e);
      throw silent;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting for store " + store.name(), e);
    }
  }

  @Override
  public Optional<String> netConf() {
    return ask(store::netConf);
  }

  @Override
  public Optional<Lease> findByNode(NodeIdentity node) {
    return ask(() -> store.findByNode(node));
  }

  @Override
  public Lease acquire(LeaseRequest request) {
    return ask(() -> store.acquire(request));
  }

  @Override
  public void close() {
    hand.shutdown();
    super.close();
  }
}
