/**
 * What is known of attachments beyond their address records: one file for each address under
 * /run/flannel, gone with the boot, and one lock for each attachment.
 */
@NullMarked
package io.flannelj.cni.attachment;

import org.jspecify.annotations.NullMarked;
