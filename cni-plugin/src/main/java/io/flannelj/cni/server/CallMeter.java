package io.flannelj.cni.server;

/** Is told of every call that was carried out. Called on worker threads, so it must be quick. */
@FunctionalInterface
public interface CallMeter {
  /**
   * A call has ended.
   *
   * @param verb CNI_COMMAND as the caller gave it, empty without
   * @param code 0 for success, else the error object's code
   * @param nanos from the complete request to the answer, what the launcher ran meanwhile included
   */
  void ended(String verb, int code, long nanos);
}
