package io.flannelj.cni.server;

import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.libc.FileDescriptor;
import java.util.List;
import java.util.Optional;

/** A call of a connection that is open, or was when the call began. */
final class OpenCall implements ServedCall {
  private static final int ROUNDS = 64;

  private final Request request;
  private final List<FileDescriptor> descriptors;
  private final Connection connection;
  private final boolean rollback;
  private Optional<FileLock> lock;
  private int rounds;

  OpenCall(Request request, List<FileDescriptor> descriptors, Connection connection) {
    this(request, descriptors, connection, false, Optional.empty());
  }

  private OpenCall(
      Request request,
      List<FileDescriptor> descriptors,
      Connection connection,
      boolean rollback,
      Optional<FileLock> lock) {
    this.request = request;
    this.descriptors = descriptors;
    this.connection = connection;
    this.rollback = rollback;
    this.lock = lock;
  }

  /** The DEL that takes this ADD back. */
  OpenCall reversed() {
    return new OpenCall(request.withCommand("DEL"), descriptors, connection, true, lock);
  }

  boolean isAdd() {
    return request.command().equals("ADD");
  }

  @Override
  public Request request() {
    return request;
  }

  @Override
  public FileDescriptor root() {
    return descriptors.get(0);
  }

  @Override
  public Optional<FileDescriptor> namespace() {
    return request.netns().namespaceReal() ? Optional.of(descriptors.get(1)) : Optional.empty();
  }

  @Override
  public Optional<FileDescriptor> routeSocket() {
    return request.netns().socketReal() ? Optional.of(descriptors.get(2)) : Optional.empty();
  }

  @Override
  public Report execute(Execution execution) {
    if (rollback) {
      throw new CallerGoneException("execute plugin " + execution.type());
    }
    if (++rounds > ROUNDS) {
      throw new IllegalStateException(
          "execute plugin " + execution.type() + ": more than " + ROUNDS + " in one call");
    }
    return connection.execute(execution);
  }

  @Override
  public boolean callerGone() {
    return connection.isGone();
  }

  @Override
  public void keep(FileLock held) {
    lock = Optional.of(held);
  }

  @Override
  public boolean hasLock() {
    return lock.isPresent();
  }

  /** Lets other calls of the attachment come. */
  void release() {
    lock.ifPresent(FileLock::close);
    lock = Optional.empty();
  }

  @Override
  public boolean isRollback() {
    return rollback;
  }

  @Override
  public String toString() {
    return request.command()
        + " of "
        + request.plugin()
        + " for container "
        + request.environment().getOrDefault("CNI_CONTAINERID", "?")
        + " "
        + request.environment().getOrDefault("CNI_IFNAME", "?");
  }
}
