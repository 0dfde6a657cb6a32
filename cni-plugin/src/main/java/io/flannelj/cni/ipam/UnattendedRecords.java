package io.flannelj.cni.ipam;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileIdentity;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Address records of this boot that nothing of ours stands beside: of pods made by the reference
 * plugins, or of pods that are gone and were never deleted. Which of the two, the records do not
 * tell. Read without the directory's lock: for a report.
 */
public final class UnattendedRecords {
  private static final String DIRECTORY = "/var/lib/cni/networks";

  private UnattendedRecords() {}

  /**
   * Those of all networks in the usual directory.
   *
   * @param wanted by address
   * @param clockMillis wall clock, milliseconds since 1970
   * @return with an empty name of the veth, as nobody knows it
   */
  public static List<AttachmentRecord> find(
      CallerFiles files,
      Attachments attachments,
      Predicate<IpAddress> wanted,
      LongSupplier clockMillis) {
    List<AttachmentRecord> found = new ArrayList<>();
    Optional<CallerDirectory> opened = files.directory(DIRECTORY);
    if (opened.isEmpty()) {
      return found;
    }
    long boot = BootTime.nanos(files, clockMillis);
    try (CallerDirectory networks = opened.get()) {
      for (String network : networks.names()) {
        Optional<CallerDirectory> records = files.directory(DIRECTORY + "/" + network);
        if (records.isPresent()) {
          try (CallerDirectory directory = records.get()) {
            for (String name : directory.names()) {
              address(name)
                  .filter(wanted)
                  .filter(ip -> attachments.find(files, network, ip).isEmpty())
                  .flatMap(ip -> record(directory, network, ip, boot))
                  .ifPresent(found::add);
            }
          }
        }
      }
    }
    return found;
  }

  private static Optional<IpAddress> address(String name) {
    try {
      return Optional.of(IpAddress.parse(name));
    } catch (IllegalArgumentException e) {
      // lock, last_reserved_ip.0 and whatever else lies there.
      return Optional.empty();
    }
  }

  private static Optional<AttachmentRecord> record(
      CallerDirectory directory, String network, IpAddress ip, long boot) {
    Optional<FileIdentity> file = directory.identity(ip.toString());
    Optional<byte[]> content = directory.read(ip.toString());
    if (file.isEmpty() || content.isEmpty() || file.get().modifiedNanos() < boot) {
      return Optional.empty();
    }
    Owner owner = Owner.parse(content.get());
    return owner.isNobody()
        ? Optional.empty()
        : Optional.of(
            new AttachmentRecord(
                ip,
                new Attachment(network, owner.containerId(), owner.ifName()),
                "",
                "",
                0,
                "",
                0));
  }
}
