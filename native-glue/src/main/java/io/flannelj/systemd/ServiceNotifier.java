package io.flannelj.systemd;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.Sockets;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Sends states to the service manager's datagram socket, named by NOTIFY_SOCKET. Without it every
 * method does nothing.
 */
public final class ServiceNotifier {
  private final Optional<String> address;

  private ServiceNotifier(Optional<String> address) {
    this.address = address;
  }

  /** From the process environment. An address that is neither absolute nor abstract is ignored. */
  public static ServiceNotifier of(Map<String, String> environment) {
    String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    boolean usable = socket.length() > 1 && (socket.startsWith("/") || socket.startsWith("@"));
    return new ServiceNotifier(usable ? Optional.of(socket) : Optional.empty());
  }

  /** The service is ready; {@code status} is what systemctl status shows. */
  public void ready(String status) {
    send("READY=1\nSTATUS=" + oneLine(status));
  }

  /** A new status line. */
  public void status(String status) {
    send("STATUS=" + oneLine(status));
  }

  /** The service is stopping. */
  public void stopping() {
    send("STOPPING=1");
  }

  /** The watchdog's sign of life. */
  public void watchdog() {
    send("WATCHDOG=1");
  }

  private void send(String state) {
    if (address.isEmpty()) {
      return;
    }
    try (FileDescriptor fd = Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_DGRAM, 0)) {
      Sockets.sendUnixDatagram(fd, state.getBytes(StandardCharsets.UTF_8), address.get());
    } catch (NativeException e) {
      // The manager's socket may be gone during its own restart; the service goes on.
      return;
    }
  }

  private static String oneLine(String text) {
    return text.replace('\n', ' ');
  }
}
