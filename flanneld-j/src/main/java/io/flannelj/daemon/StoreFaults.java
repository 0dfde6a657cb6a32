package io.flannelj.daemon;

import io.flannelj.store.StoreState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong between this node and its store, put together for status and readiness. None of it
 * takes a network down that works. May be read by any thread.
 */
final class StoreFaults {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFaults.class);

  private final List<Supplier<String>> sources;
  private volatile StoreState state = StoreState.GOOD;

  /**
   * Over other places that may have something to say.
   *
   * @param sources each gives a text, empty if there is nothing to tell
   */
  StoreFaults(List<Supplier<String>> sources) {
    this.sources = List.copyOf(sources);
  }

  /** The store tells how it goes. */
  void changed(StoreState now) {
    if (!now.problem().equals(state.problem())) {
      LOG.warn("store: {}", now.problem().isEmpty() ? "can be read again" : now.problem());
    }
    state = now;
  }

  /** One line for each fault; empty if all is well. */
  String text() {
    List<String> lines = new ArrayList<>();
    StoreState now = state;
    if (!now.problem().isEmpty()) {
      lines.add("not in sync with the store: " + now.problem());
    }
    lines.addAll(now.notes());
    for (Supplier<String> source : sources) {
      String text = source.get();
      if (!text.isEmpty() && !now.problem().equals(text)) {
        lines.add(text);
      }
    }
    return String.join("\n", lines);
  }
}
