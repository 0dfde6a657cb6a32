package io.flannelj.libc;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import org.jspecify.annotations.Nullable;

/** The C signatures, as jnr-ffi binds them. Public because its proxies need it to be. */
public interface LibcFunctions {
  int socket(int domain, int type, int protocol);

  int bind(int fd, @In byte[] address, int length);

  int connect(int fd, @In byte[] address, int length);

  int listen(int fd, int backlog);

  int accept4(int fd, @Nullable Pointer address, @Nullable Pointer length, int flags);

  int shutdown(int fd, int how);

  @ssize_t
  long send(int fd, @In byte[] data, @size_t long length, int flags);

  @ssize_t
  long recv(int fd, Pointer data, @size_t long length, int flags);

  @ssize_t
  long sendmsg(int fd, Pointer message, int flags);

  @ssize_t
  long recvmsg(int fd, Pointer message, int flags);

  int getsockname(int fd, @Out byte[] address, @In @Out int[] length);

  int setsockopt(int fd, int level, int name, @In byte[] value, int length);

  int setsockopt(int fd, int level, int name, Pointer value, int length);

  int getsockopt(int fd, int level, int name, @In @Out byte[] value, @In @Out int[] length);

  @ssize_t
  long sendto(
      int fd, ByteBuffer data, @size_t long length, int flags, @In byte[] address, int addressSize);

  @ssize_t
  long recvfrom(
      int fd,
      ByteBuffer data,
      @size_t long length,
      int flags,
      @Out byte[] address,
      @In @Out int[] addressSize);

  int close(int fd);

  int dup(int fd);

  int fcntl(int fd, int command, long argument);

  int setns(int fd, int type);

  int unshare(int flags);

  int open(@In byte[] path, int flags, int mode);

  long syscall(long number, long fd, @In byte[] path, @In byte[] how, long size);

  int flock(int fd, int operation);

  int statx(int directory, @In byte[] path, int flags, int mask, @Out byte[] result);

  int fstatfs(int fd, @Out byte[] result);

  int poll(@In @Out byte[] fds, long count, int timeout);

  int eventfd(int initial, int flags);

  int ioctl(int fd, long request, @In @Out byte[] argument);

  int ioctl(int fd, long request, ByteBuffer argument);

  @ssize_t
  long read(int fd, @Out byte[] data, @size_t long length);

  @ssize_t
  long write(int fd, @In byte[] data, @size_t long length);

  @ssize_t
  long pread(int fd, @Out byte[] data, @size_t long length, long offset);

  @ssize_t
  long pwrite(int fd, @In byte[] data, @size_t long length, long offset);

  int ftruncate(int fd, long length);

  int fsync(int fd);

  int futimens(int fd, @In byte[] times);

  int fchmod(int fd, int mode);

  int mkdirat(int directory, @In byte[] path, int mode);

  int unlinkat(int directory, @In byte[] path, int flags);

  int renameat(int fromDirectory, @In byte[] from, int toDirectory, @In byte[] to);

  int linkat(int fromDirectory, @In byte[] from, int toDirectory, @In byte[] to, int flags);

  int symlinkat(@In byte[] target, int directory, @In byte[] name);

  @ssize_t
  long readlinkat(int directory, @In byte[] name, @Out byte[] target, @size_t long size);

  int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] data);

  int gettid();

  int getuid();
}
