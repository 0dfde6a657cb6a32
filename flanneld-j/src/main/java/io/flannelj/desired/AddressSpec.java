package io.flannelj.desired;

/**
 * What an address has besides its key.
 *
 * @param skipsDuplicateDetection IFA_F_NODAD: usable at once. IPv6 only; always false for IPv4
 */
public record AddressSpec(boolean skipsDuplicateDetection) {
  /** An IPv4 address. */
  public static final AddressSpec IPV4 = new AddressSpec(false);

  /** An IPv6 address that needs no duplicate address detection. */
  public static final AddressSpec IPV6_NODAD = new AddressSpec(true);
}
