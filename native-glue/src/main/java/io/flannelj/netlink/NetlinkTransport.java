package io.flannelj.netlink;

import java.util.List;
import java.util.Optional;

/** Exchange of messages with the kernel, or with a fake of it. */
public interface NetlinkTransport {
  /**
   * Sends one request and waits for its acknowledgement.
   *
   * @throws NetlinkException if the kernel refuses it
   */
  void execute(NetlinkRequest request);

  /**
   * Sends many requests in as few system calls as possible; each is carried out on its own.
   *
   * @return index-aligned with the requests: empty where it succeeded
   */
  List<Optional<NetlinkException>> executeAll(List<NetlinkRequest> requests);

  /**
   * Sends one request that is answered by one message.
   *
   * @throws NetlinkException if the kernel refuses it, ENOENT and ENODEV included
   */
  NetlinkMessage query(NetlinkRequest request);

  /**
   * Sends requests and a question that is answered by one message, all in one go where possible.
   *
   * @throws NetlinkException of the first request that the kernel refuses, though those behind it
   *     have been carried out
   */
  default NetlinkMessage executeThenQuery(List<NetlinkRequest> requests, NetlinkRequest question) {
    for (Optional<NetlinkException> result : executeAll(requests)) {
      if (result.isPresent()) {
        throw result.get();
      }
    }
    return query(question);
  }

  /**
   * Asks for all objects; repeated while the kernel says that the answer is inconsistent.
   *
   * @throws NetlinkException also when five attempts were interrupted (EINTR)
   */
  List<NetlinkMessage> dump(NetlinkRequest request);

  /**
   * nf_tables' atomic batch: all messages in one datagram between a begin and an end message,
   * carried out entirely or not at all.
   *
   * @return messages echoed for requests with NLM_F_ECHO
   * @throws NetlinkException of the first message that failed
   */
  List<NetlinkMessage> transaction(
      NetlinkRequest begin, List<NetlinkRequest> requests, NetlinkRequest end);
}
