package io.flannelj.cni;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The plugins that run in this process, by type. */
public final class PluginRegistry {
  private final Map<String, Plugin> plugins = new LinkedHashMap<>();

  /**
   * Of these.
   *
   * @throws IllegalArgumentException if two have one type
   */
  public PluginRegistry(List<? extends Plugin> plugins) {
    for (Plugin plugin : plugins) {
      if (this.plugins.put(plugin.type(), plugin) != null) {
        throw new IllegalArgumentException("two plugins of type " + plugin.type());
      }
    }
  }

  /** The plugin of this type, if it is ours. */
  public Optional<Plugin> find(String type) {
    return Optional.ofNullable(plugins.get(type));
  }

  /** All types. */
  public List<String> types() {
    return List.copyOf(plugins.keySet());
  }
}
