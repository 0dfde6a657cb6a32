package io.flannelj.cni.attachment;

import io.flannelj.cni.Attachment;
import io.flannelj.net.IpAddress;

/**
 * What stands beside an address record: where the address is in use.
 *
 * @param ip the address
 * @param attachment whose it is
 * @param holder type of the plugin whose call holds the attachment's lock while it works
 * @param bootId /proc/sys/kernel/random/boot_id
 * @param netnsCookie SO_NETNS_COOKIE of the pod's namespace, 0 if not known
 * @param hostVeth name of the host's end of the veth
 * @param hostIndex its interface index
 * @param port what it is on its bridge
 */
public record AttachmentRecord(
    IpAddress ip,
    Attachment attachment,
    String holder,
    String bootId,
    long netnsCookie,
    String hostVeth,
    int hostIndex,
    BridgePort port) {

  /** Of a veth that is known to be on no bridge. */
  public AttachmentRecord(
      IpAddress ip,
      Attachment attachment,
      String holder,
      String bootId,
      long netnsCookie,
      String hostVeth,
      int hostIndex) {
    this(ip, attachment, holder, bootId, netnsCookie, hostVeth, hostIndex, BridgePort.NONE);
  }

  /**
   * A veth on a bridge. The kernel forgets all of it when the bridge is deleted.
   *
   * @param bridge its name, empty: none is known
   * @param hairpin whether frames may leave through the port they came in
   * @param isolated whether frames to other isolated ports are dropped
   */
  public record BridgePort(String bridge, boolean hairpin, boolean isolated) {
    /** On no bridge, or written by a version that did not tell. */
    public static final BridgePort NONE = new BridgePort("", false, false);
  }
}
