package io.flannelj.cni.flannel;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonNull;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.libc.NativeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The plugin {@code flannel}. What is better than in the Go plugin: a DEL needs neither the scratch
 * file nor subnet.env, the file is removed only after the delegate's DEL has succeeded, a failed
 * ADD leaves nothing, and CHECK, GC and STATUS reach the delegate.
 */
public final class Flannel implements Plugin {
  private static final String SUBNET_FILE = "/run/flannel/subnet.env";
  private static final String DATA_DIR = "/var/lib/cni/flannel";

  private final Optional<Attachments> attachments;

  /** Without knowledge of other attachments. */
  public Flannel() {
    this.attachments = Optional.empty();
  }

  /** Whose STATUS looks at the attachments, too. */
  public Flannel(Attachments attachments) {
    this.attachments = Optional.of(attachments);
  }

  @Override
  public String type() {
    return "flannel";
  }

  @Override
  public boolean needsDaemon() {
    return true;
  }

  @Override
  public CniResult add(PluginContext c) {
    JsonObject conf = DelegateConf.of(c.conf(), Optional.of(subnetEnv(c)));
    String type = typeOf(conf);
    String id = c.environment().containerId();
    Scratch scratch = scratch(c);
    Optional<byte[]> before = scratch.bytes(id);
    scratch.write(attachment(c), conf);
    boolean done = false;
    try {
      CniResult result = c.delegates().add(type, conf);
      done = true;
      return result;
    } finally {
      if (!done) {
        takeBack(c, type, conf, scratch, before);
      }
    }
  }

  /**
   * After a failed ADD. Our own plugins have taken everything back themselves; a foreign one gets
   * the DEL that the specification asks for, unless the container was attached before: then the
   * failure is that of a second ADD, and a DEL would take down the first.
   */
  private static void takeBack(
      PluginContext c, String type, JsonObject conf, Scratch scratch, Optional<byte[]> before) {
    String id = c.environment().containerId();
    try {
      if (before.isPresent()) {
        scratch.write(attachment(c), before.get());
        return;
      }
      if (!c.delegates().isOurs(type)) {
        c.delegates().del(type, conf);
      }
      scratch.remove(attachment(c));
    } catch (RuntimeException e) {
      // The ADD's own failure is the one to report; DEL finds the scratch file and tries again.
      c.log("flannel: cannot take back a failed ADD of " + id + ": " + e.getMessage());
    }
  }

  @Override
  public void del(PluginContext c) {
    String id = c.environment().containerId();
    Scratch scratch = scratch(c);
    Optional<byte[]> bytes = scratch.bytes(id);
    Optional<JsonObject> saved = bytes.isPresent() ? Scratch.conf(bytes.get()) : Optional.empty();
    boolean foreign = saved.isPresent() && !isOfNetwork(saved.get(), c);
    if (saved.isPresent() && !foreign) {
      c.delegates().del(typeOf(saved.get()), withPrevResult(saved.get(), c));
    } else {
      delWithout(c);
    }
    if (bytes.isPresent() && !foreign) {
      removeUnchanged(scratch, attachment(c), bytes.get());
    } else {
      scratch.removeTemporary(attachment(c));
    }
  }

  /** Another interface of the container may have written the file anew meanwhile. */
  private static void removeUnchanged(Scratch scratch, Attachment attachment, byte[] read) {
    Optional<byte[]> now = scratch.bytes(attachment.containerId());
    if (now.isPresent() && Arrays.equals(now.get(), read)) {
      scratch.remove(attachment);
    }
  }

  /** Without a scratch file: from the configuration given now, without ranges if need be. */
  private static void delWithout(PluginContext c) {
    Optional<SubnetEnv> env = Optional.empty();
    try {
      env = Optional.of(subnetEnv(c));
    } catch (CniError e) {
      c.log("flannel: DEL goes on without subnet.env: " + e.getMessage());
    }
    JsonObject conf;
    try {
      conf = DelegateConf.of(c.conf(), env);
    } catch (CniError e) {
      // It was another one when the container was attached, most likely the default.
      c.log("flannel: DEL goes on without the invalid key \"delegate\": " + e.getMessage());
      conf = DelegateConf.of(NetConf.of(c.conf().raw().with("delegate", JsonObject.EMPTY)), env);
    }
    String type = typeOf(conf);
    if (env.isEmpty() && !c.delegates().isOurs(type)) {
      // A foreign plugin would refuse a configuration without ranges, for ever.
      c.log("flannel: nothing is known of this container and plugin " + type + " is not called");
      return;
    }
    c.delegates().del(type, withPrevResult(conf, c));
  }

  @Override
  public void check(PluginContext c) {
    Optional<byte[]> bytes = scratch(c).bytes(c.environment().containerId());
    Optional<JsonObject> saved = bytes.isPresent() ? Scratch.conf(bytes.get()) : Optional.empty();
    JsonObject conf =
        saved.isPresent() && isOfNetwork(saved.get(), c)
            ? saved.get()
            : DelegateConf.of(c.conf(), Optional.of(subnetEnv(c)));
    c.delegates().check(typeOf(conf), withPrevResult(conf, c));
  }

  @Override
  public void gc(PluginContext c) {
    try {
      gcOfDelegate(c);
    } finally {
      Optional<List<Attachment>> valid = c.conf().validAttachments();
      if (valid.isPresent()) {
        removeScratchExcept(c, valid.get());
      }
    }
  }

  private static void gcOfDelegate(PluginContext c) {
    Optional<SubnetEnv> env = Optional.empty();
    try {
      env = Optional.of(subnetEnv(c));
    } catch (CniError e) {
      c.log("flannel: GC goes on without subnet.env: " + e.getMessage());
    }
    JsonObject conf = DelegateConf.of(c.conf(), env);
    for (String key : new String[] {"cni.dev/valid-attachments", "cni.dev/attachments"}) {
      Json list = c.conf().raw().find(key).orElse(JsonNull.NULL);
      if (list != JsonNull.NULL) {
        conf = conf.with(key, list);
      }
    }
    c.delegates().gc(typeOf(conf), conf);
  }

  private static void removeScratchExcept(PluginContext c, List<Attachment> valid) {
    Scratch scratch = scratch(c);
    List<String> gone = new ArrayList<>();
    for (String name : scratch.names()) {
      // A temporary one may be another network's, just being written: that call begins it again.
      if (Scratch.isTemporary(name)) {
        gone.add(name);
      } else if (valid.stream().noneMatch(attachment -> attachment.containerId().equals(name))) {
        Optional<JsonObject> conf = scratch.bytes(name).flatMap(Scratch::conf);
        if (conf.isPresent() && isOfNetwork(conf.get(), c)) {
          gone.add(name);
        }
      }
    }
    scratch.remove(gone);
  }

  @Override
  public void status(PluginContext c) {
    SubnetEnv env;
    try {
      env = subnetEnv(c);
    } catch (CniError e) {
      throw new CniError(CniError.NOT_AVAILABLE, e.text(), e.details());
    }
    if (attachments.isPresent()) {
      refuseFormerSubnet(c, env, attachments.get());
    }
    JsonObject conf = DelegateConf.of(c.conf(), Optional.of(env));
    c.delegates().status(typeOf(conf), conf);
  }

  /** Where the node had to lease another subnet, pods of the former one are still there. */
  private static void refuseFormerSubnet(PluginContext c, SubnetEnv env, Attachments attachments) {
    List<AttachmentRecord> former =
        attachments.living(c.files(), c.conf().name(), ip -> env.isOfFormerSubnet(ip));
    if (!former.isEmpty()) {
      throw new CniError(
          CniError.LIMITED_CONNECTIVITY,
          "this node's subnet is now "
              + env.subnet().or(env::ipv6Subnet).orElseThrow()
              + " and "
              + former.size()
              + " running containers have addresses of a former one, where other nodes do not reach"
              + " them: restart these pods",
          former.stream()
              .map(record -> record.ip() + " of container " + record.attachment().containerId())
              .collect(Collectors.joining(", ")));
    }
  }

  private static SubnetEnv subnetEnv(PluginContext c) {
    String file = SUBNET_FILE;
    try {
      String path = c.conf().raw().textOrEmpty("subnetFile");
      file = path.isEmpty() ? SUBNET_FILE : path;
      Optional<byte[]> content = c.files().read(file);
      if (content.isEmpty()) {
        throw unreadable(CniError.TRY_AGAIN, "open " + file + ": no such file or directory");
      }
      return SubnetEnv.parse(file, content.get());
    } catch (NativeException e) {
      String reason = e.errno().text().toLowerCase(Locale.ROOT);
      throw unreadable(CniError.IO_FAILURE, "open " + file + ": " + reason);
    } catch (IllegalArgumentException e) {
      throw unreadable(CniError.INVALID_CONFIG, e.getMessage() == null ? "" : e.getMessage());
    }
  }

  private static CniError unreadable(int code, String reason) {
    return new CniError(
        code,
        "failed to load flannel 'subnet.env' file: "
            + reason
            + ". Check the flannel pod log for this node.");
  }

  private static Scratch scratch(PluginContext c) {
    String dataDir = c.conf().raw().textOrEmpty("dataDir");
    return new Scratch(c.files(), dataDir.isEmpty() ? DATA_DIR : dataDir);
  }

  private static Attachment attachment(PluginContext c) {
    return new Attachment(c.conf().name(), c.environment().containerId(), c.environment().ifName());
  }

  private static String typeOf(JsonObject conf) {
    String type = conf.textOrEmpty("type");
    if (type.equals("flannel")) {
      throw new CniError(CniError.INVALID_CONFIG, "flannel cannot be its own delegate");
    }
    return type;
  }

  private static boolean isOfNetwork(JsonObject conf, PluginContext c) {
    return conf.textOrEmpty("name").equals(c.conf().name());
  }

  /** CHECK and DEL get the result of the whole list; the delegate's part is in it. */
  private static JsonObject withPrevResult(JsonObject conf, PluginContext c) {
    Json prev = c.conf().raw().find("prevResult").orElse(JsonNull.NULL);
    return prev == JsonNull.NULL ? conf : conf.with("prevResult", prev);
  }
}
