package io.flannelj.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dependency rule of the modules, and the purity of the packages that have to be pure. */
class ArchitectureTest {
  private static final String[] PURE = {
    "io.flannelj.lease..",
    "io.flannelj.desired..",
    "io.flannelj.backend..",
    "io.flannelj.reconcile..",
    "io.flannelj.config.."
  };
  private static final String[] NATIVE_GLUE = {
    "io.flannelj.libc..",
    "io.flannelj.net..",
    "io.flannelj.netlink..",
    "io.flannelj.netns..",
    "io.flannelj.sysctl..",
    "io.flannelj.systemd.."
  };

  private static JavaClasses classes =
      new ClassFileImporter().importPackages("io.flannelj.architecture");

  @BeforeAll
  static void readClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.flannelj");
    assertThat(classes.contain("io.flannelj.libc.Libc")).as("native-glue is looked at").isTrue();
    assertThat(classes.contain("io.flannelj.cni.NetConf")).as("cni-plugin is looked at").isTrue();
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(classes);
  }

  @Test
  void nativeGlueKnowsNobody() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(NATIVE_GLUE)
            .should()
            .dependOnClassesThat(
                JavaClass.Predicates.resideInAPackage("io.flannelj..")
                    .and(JavaClass.Predicates.resideOutsideOfPackages(NATIVE_GLUE))));
  }

  @Test
  void cniPluginsDoNotKnowTheDaemon() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.flannelj.cni..")
            .should()
            .dependOnClassesThat(
                JavaClass.Predicates.resideInAPackage("io.flannelj..")
                    .and(JavaClass.Predicates.resideOutsideOfPackages(NATIVE_GLUE))
                    .and(JavaClass.Predicates.resideOutsideOfPackage("io.flannelj.cni.."))));
  }

  @Test
  void foreignFunctionsAreCalledInOnePlace() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.flannelj.libc..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jnr.ffi..", "com.kenai.jffi.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.flannelj.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jnr.unixsocket.."));
  }

  @Test
  void purePackagesReachNothingOutside() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "java.nio.file..",
                "java.nio.channels..",
                "java.net..",
                "io.netty..",
                "org.slf4j..",
                "io.flannelj.libc..",
                "io.flannelj.netlink..",
                "io.flannelj.netns..",
                "io.flannelj.sysctl..",
                "io.flannelj.systemd..",
                "io.flannelj.store..",
                "io.flannelj.kernel..",
                "io.flannelj.status..",
                "io.flannelj.cli.."));
    check(
        noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat(
                HasName.Predicates.nameMatching(
                    "java\\.io\\.(File.*|RandomAccessFile|PrintStream|Console)")));
  }

  @Test
  void purePackagesAskNoClock() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getProperty", String.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(InstantSource.class, "system")
            .orShould()
            .callMethod(Clock.class, "systemUTC"));
  }
}
