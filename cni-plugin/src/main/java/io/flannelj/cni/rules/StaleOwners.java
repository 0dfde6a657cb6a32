package io.flannelj.cni.rules;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.Attachments;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whose elements a GC takes away: attachments of its network that are not in the runtime's list.
 * That list may be older than an ADD that runs, so those that a call works on are passed over: an
 * ADD holds the attachment's lock from before its first element.
 */
public final class StaleOwners {
  private final PluginContext c;
  private final Attachments attachments;
  private final String prefix;
  private final Set<String> kept;

  /**
   * For one call of GC.
   *
   * @param attachments has their locks
   * @param valid the runtime's list
   */
  public StaleOwners(PluginContext c, Attachments attachments, List<Attachment> valid) {
    this.c = c;
    this.attachments = attachments;
    prefix = c.conf().name() + "/";
    kept = valid.stream().map(OwnerComment::of).collect(Collectors.toSet());
  }

  boolean includes(String comment) {
    return comment.startsWith(prefix) && !kept.contains(comment);
  }

  /** Keeps calls from beginning to work on an owner; nothing if one does. */
  Optional<FileLock> lock(String comment) {
    int slash = comment.indexOf('/', prefix.length());
    if (slash < 0) {
      // A comment that was shortened names nobody whose lock could be asked for.
      return Optional.of(() -> {});
    }
    Attachment owner =
        new Attachment(
            c.conf().name(),
            comment.substring(prefix.length(), slash),
            comment.substring(slash + 1));
    return attachments.lock(c.files(), c.calledType(), owner, Duration.ZERO);
  }
}
