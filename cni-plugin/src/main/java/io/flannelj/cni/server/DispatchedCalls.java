package io.flannelj.cni.server;

import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniCall;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.netlink.NetlinkBuffers;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Brings the calls of the socket to the plugins. */
final class DispatchedCalls implements CallHandler {
  private final PluginDispatcher dispatcher;
  private final Function<FileDescriptor, CallerFiles> files;
  private final NetlinkBuffers buffers = new NetlinkBuffers();

  /**
   * To this dispatcher.
   *
   * @param files the files below a root directory
   */
  DispatchedCalls(PluginDispatcher dispatcher, Function<FileDescriptor, CallerFiles> files) {
    this.dispatcher = dispatcher;
    this.files = files;
  }

  @Override
  public Answer handle(ServedCall call) {
    Request request = call.request();
    CniCall cniCall = new CniCall(request.plugin(), request.environment(), request.stdin());
    try (SocketCaller caller = new SocketCaller(call, files.apply(call.root()), buffers)) {
      CniAnswer answer = dispatcher.dispatch(cniCall, caller);
      return new Answer(
          answer.exitStatus(),
          answer.stdout().getBytes(StandardCharsets.UTF_8),
          answer.stderr().getBytes(StandardCharsets.UTF_8));
    }
  }
}
