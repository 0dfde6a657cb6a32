package io.flannelj.testkit.servers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test runs Kubernetes' API server on etcd. Where one of them is missing it is skipped, and the
 * report says why.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("kubernetes")
@ExtendWith(KubernetesCondition.class)
public @interface RequiresKubernetes {}
