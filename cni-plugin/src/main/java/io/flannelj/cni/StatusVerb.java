package io.flannelj.cni;

import io.flannelj.cni.Availability.Available;
import io.flannelj.cni.Availability.Limited;
import io.flannelj.cni.Availability.NotAvailable;
import io.flannelj.libc.NativeException;

/**
 * STATUS of one plugin: whatever would keep an ADD from being served is code 50 or 51, with the
 * reason that the ADD would give and what the daemon says to it. A configuration that can never be
 * used keeps its own code: time does not heal it.
 */
final class StatusVerb {
  private final Plugin plugin;
  private final Availability daemon;

  StatusVerb(Plugin plugin, Availability daemon) {
    this.plugin = plugin;
    this.daemon = plugin.needsDaemon() ? daemon : new Available();
  }

  void run(PluginContext context) {
    try {
      plugin.status(context);
    } catch (CniError e) {
      throw withDaemon(isOfTheMoment(e) ? CniError.NOT_AVAILABLE : e.code(), e);
    } catch (NativeException e) {
      throw withDaemon(
          CniError.NOT_AVAILABLE,
          new CniError(CniError.INTERNAL, String.valueOf(e.getMessage()), e));
    }
    if (daemon instanceof NotAvailable no) {
      throw new CniError(CniError.NOT_AVAILABLE, "flanneld is not ready: " + no.reason());
    }
    if (daemon instanceof Limited limited) {
      throw new CniError(
          CniError.LIMITED_CONNECTIVITY,
          "flanneld cannot keep the node's network whole: " + limited.reason());
    }
  }

  private static boolean isOfTheMoment(CniError e) {
    return e.code() == CniError.INTERNAL
        || e.code() == CniError.IO_FAILURE
        || e.code() == CniError.TRY_AGAIN
        || e.code() == 0;
  }

  private CniError withDaemon(int code, CniError e) {
    String reason =
        daemon instanceof NotAvailable no
            ? "flanneld says: " + no.reason()
            : daemon instanceof Limited limited ? "flanneld says: " + limited.reason() : "";
    String details = e.details();
    if (!reason.isEmpty()) {
      details = details.isEmpty() ? reason : details + "; " + reason;
    }
    CniError told = new CniError(code, e.text(), details);
    told.initCause(e);
    return told;
  }
}
