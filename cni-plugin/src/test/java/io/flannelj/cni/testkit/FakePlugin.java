package io.flannelj.cni.testkit;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.CniVersion;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A plugin that writes down its calls and does what it is told. */
public final class FakePlugin implements Plugin {
  private final String type;
  private final List<String> calls = new ArrayList<>();
  private final List<JsonObject> confs = new ArrayList<>();
  private final List<PluginContext> contexts = new ArrayList<>();
  private List<CniVersion> versions = CniVersion.ALL;
  private Function<PluginContext, CniResult> add = c -> CniResult.EMPTY;
  private Optional<RuntimeException> failure = Optional.empty();

  /** One that succeeds with nothing. */
  public FakePlugin(String type) {
    this.type = type;
  }

  /** One that supports these versions only. */
  public FakePlugin supporting(CniVersion... only) {
    versions = List.of(only);
    return this;
  }

  /** One whose ADD does this. */
  public FakePlugin adding(Function<PluginContext, CniResult> work) {
    add = work;
    return this;
  }

  /** Every verb fails from now on. */
  public FakePlugin failing(RuntimeException with) {
    failure = Optional.of(with);
    return this;
  }

  /** Every verb succeeds from now on. */
  public FakePlugin succeeding() {
    failure = Optional.empty();
    return this;
  }

  /** Verbs in order. */
  public List<String> calls() {
    return calls;
  }

  /** Configuration of the last call. */
  public JsonObject lastConf() {
    return confs.get(confs.size() - 1);
  }

  /** Context of the last call. */
  public PluginContext lastContext() {
    return contexts.get(contexts.size() - 1);
  }

  private void record(String verb, PluginContext c) {
    calls.add(verb);
    confs.add(c.conf().raw());
    contexts.add(c);
    if (failure.isPresent()) {
      if (failure.get() instanceof CniError error) {
        throw error.within("");
      }
      throw failure.get();
    }
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public List<CniVersion> versions() {
    return versions;
  }

  @Override
  public CniResult add(PluginContext c) {
    record("ADD", c);
    return add.apply(c);
  }

  @Override
  public void del(PluginContext c) {
    record("DEL", c);
  }

  @Override
  public void check(PluginContext c) {
    record("CHECK", c);
  }

  @Override
  public void gc(PluginContext c) {
    record("GC", c);
  }

  @Override
  public void status(PluginContext c) {
    record("STATUS", c);
  }
}
