package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import java.util.List;

/**
 * Where a VXLAN device sends frames for a MAC: a permanent entry of its own table (NTF_SELF).
 *
 * @param remotes tunnel ends; more than one only where somebody appended to an entry, which
 *     NLM_F_REPLACE does not undo: such an entry has to be deleted first
 */
public record FdbSpec(List<IpAddress> remotes) {

  /** Copies the list. */
  public FdbSpec {
    remotes = List.copyOf(remotes);
    if (remotes.isEmpty()) {
      throw new IllegalArgumentException("a forwarding entry needs a remote end");
    }
  }

  /** To one tunnel end. */
  public static FdbSpec to(IpAddress remote) {
    return new FdbSpec(List.of(remote));
  }
}
