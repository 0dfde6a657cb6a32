package io.flannelj.cni.attachment;

/** Asks the kernel for the host's ends of veths. */
@FunctionalInterface
public interface HostVeths {
  /**
   * Whether the host's end of this attachment is certainly not there: no interface has its name and
   * index. Any doubt, such as a failed question, is {@code false}.
   */
  boolean isGone(AttachmentRecord record);
}
