/** TLS contexts made of PEM files, as Kubernetes' and etcd's clients name them. */
@NullMarked
package io.flannelj.store.tls;

import org.jspecify.annotations.NullMarked;
