package io.flannelj.cni.server;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import java.util.function.LongSupplier;

/** Tells a meter of the calls that another handler carries out. The warm-up's is nobody's call. */
public final class MeteredCalls implements CallHandler {
  private final CallHandler calls;
  private final CallMeter meter;
  private final LongSupplier nanoTime;

  /**
   * Around a handler.
   *
   * @param nanoTime a monotonic clock
   */
  public MeteredCalls(CallHandler calls, CallMeter meter, LongSupplier nanoTime) {
    this.calls = calls;
    this.meter = meter;
    this.nanoTime = nanoTime;
  }

  @Override
  public Answer handle(ServedCall call) {
    Request request = call.request();
    if (CniService.isWarmUp(request)) {
      return calls.handle(call);
    }
    String verb = request.environment().getOrDefault("CNI_COMMAND", "");
    long began = nanoTime.getAsLong();
    int code = CniError.INTERNAL;
    try {
      Answer answer = calls.handle(call);
      code = answer.status() == 0 ? 0 : code(answer);
      return answer;
    } finally {
      meter.ended(verb, code, nanoTime.getAsLong() - began);
    }
  }

  /** Failures are rare enough to be read again. */
  private static int code(Answer answer) {
    try {
      return Json.parse(answer.stdout()) instanceof JsonObject error
          ? error.integer("code").orElse(CniError.INTERNAL)
          : CniError.INTERNAL;
    } catch (JsonException e) {
      return CniError.INTERNAL;
    }
  }
}
