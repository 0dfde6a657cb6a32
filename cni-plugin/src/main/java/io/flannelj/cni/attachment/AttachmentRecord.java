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
 */
public record AttachmentRecord(
    IpAddress ip,
    Attachment attachment,
    String holder,
    String bootId,
    long netnsCookie,
    String hostVeth,
    int hostIndex) {}
