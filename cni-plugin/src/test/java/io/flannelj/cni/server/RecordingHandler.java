package io.flannelj.cni.server;

import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Attaches in memory, and tells what it was asked. */
final class RecordingHandler implements CallHandler {
  private final CallHandler inner;
  private final Queue<ServedCall> calls = new ConcurrentLinkedQueue<>();
  private final Set<String> attached = ConcurrentHashMap.newKeySet();

  RecordingHandler(CallHandler inner) {
    this.inner = inner;
  }

  RecordingHandler() {
    this(call -> Answer.of(0, call.request().stdin()));
  }

  List<ServedCall> calls() {
    return List.copyOf(calls);
  }

  /** What a runtime would call the network's state. */
  Set<String> attached() {
    return attached;
  }

  @Override
  public Answer handle(ServedCall call) {
    calls.add(call);
    String container = call.request().environment().getOrDefault("CNI_CONTAINERID", "");
    switch (call.request().command()) {
      case "ADD" -> attached.add(container);
      case "DEL" -> attached.remove(container);
      default -> {
        // Others change nothing.
      }
    }
    return inner.handle(call);
  }
}
