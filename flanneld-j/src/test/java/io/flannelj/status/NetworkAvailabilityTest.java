package io.flannelj.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Availability;
import org.junit.jupiter.api.Test;

class NetworkAvailabilityTest {
  @Test
  void aDaemonThatIsReadyHasNothingToSay() {
    // A store that is away takes nothing from the pods as long as the lease lives.
    assertThat(NetworkAvailability.of(true, "", "the store is away"))
        .isEqualTo(new Availability.Available());
  }

  @Test
  void beforeTheFirstSubnetEnvNoPodCanBeAttached() {
    assertThat(NetworkAvailability.of(false, "no lease", "the store is away"))
        .isEqualTo(new Availability.NotAvailable("no lease; the store is away"));
    assertThat(NetworkAvailability.of(false, "", ""))
        .isEqualTo(new Availability.NotAvailable("subnet.env is not written yet"));
  }

  @Test
  void afterwardsAProblemIsOneOfTheRunningPodsToo() {
    assertThat(NetworkAvailability.of(true, "flannel.1: EPERM", ""))
        .isEqualTo(new Availability.Limited("flannel.1: EPERM"));
  }
}
