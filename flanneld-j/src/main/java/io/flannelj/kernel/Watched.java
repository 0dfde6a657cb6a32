package io.flannelj.kernel;

import io.flannelj.desired.DesiredState;

/**
 * What the monitor compares notifications with: one for each family.
 *
 * @param desired the state in force
 * @param device present index of its VXLAN device, 0: none
 */
public record Watched(DesiredState desired, int device) {}
