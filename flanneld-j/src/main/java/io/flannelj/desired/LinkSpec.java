package io.flannelj.desired;

/** A network device that must exist and be up; keyed by {@link LinkName}. */
public sealed interface LinkSpec permits VxlanLink {

  /** IFLA_INFO_KIND: a device of our name but of another kind is foreign. */
  String kind();

  /** IFLA_MTU in bytes. */
  int mtu();
}
