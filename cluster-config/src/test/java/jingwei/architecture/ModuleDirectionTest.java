package jingwei.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.net.URI;
import java.util.List;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.cluster.settings.Configuration;

/** Dependencies point one way, and the model knows no actor, thread, clock or network. */
@AnalyzeClasses(packages = "jingwei", importOptions = WithoutTests.class)
class ModuleDirectionTest {
  @ArchTest
  static final ArchRule MODEL_SEES_NO_OTHER_MODULE =
      noClasses()
          .that()
          .resideInAPackage("jingwei.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "jingwei.actors..", "jingwei.streams..", "jingwei.cluster..", "jingwei.bench..");

  @ArchTest
  static final ArchRule ACTORS_SEE_ONLY_THE_MODEL =
      noClasses()
          .that()
          .resideInAPackage("jingwei.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jingwei.streams..", "jingwei.cluster..", "jingwei.bench..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule STREAMS_DO_NOT_SEE_THE_CLUSTER =
      noClasses()
          .that()
          .resideInAPackage("jingwei.streams..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jingwei.cluster..", "jingwei.bench..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule MODEL_KNOWS_NO_ACTOR_AND_NO_TRANSPORT =
      noClasses()
          .that()
          .resideInAPackage("jingwei.model..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "org.apache.pekko..", "io.aeron..", "org.agrona..", "com.typesafe.."));

  /**
   * URI is allowed, since it names the JDK's own file system; other classes there open connections.
   */
  @ArchTest
  static final ArchRule MODEL_OPENS_NO_CONNECTION =
      noClasses()
          .that()
          .resideInAPackage("jingwei.model..")
          .should()
          .dependOnClassesThat(resideInAPackage("java.net..").and(not(equivalentTo(URI.class))));

  @ArchTest
  static final ArchRule MODEL_KNOWS_NO_THREAD =
      noClasses()
          .that()
          .resideInAPackage("jingwei.model..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.Thread")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("java.util.concurrent..")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.ThreadLocal");

  @ArchTest
  static final ArchRule MODEL_KNOWS_NO_CLOCK =
      noClasses()
          .that()
          .resideInAPackage("jingwei.model..")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("java.time..");

  /** The configuration of Pekko's systems is read by one class. */
  @ArchTest
  static final ArchRule SETTINGS_ARE_READ_IN_ONE_PACKAGE =
      noClasses()
          .that()
          .resideOutsideOfPackage("jingwei.cluster.settings..")
          .and(not(equivalentTo(SystemConfiguration.class)))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.typesafe..");

  /** Commands resolve and print a configuration; the claim of a run's folder merges two. */
  @ArchTest
  static final ArchRule NOTHING_ELSE_ASKS_THE_CONFIGURATION =
      noClasses()
          .that()
          .resideOutsideOfPackage("jingwei.cluster.settings..")
          .and(
              not(
                  namedOneOf(
                      "cli.ConfigurationOptions",
                      "cli.ConfigCommand",
                      "cli.TrainCommand",
                      "cli.ChaosCommand",
                      "trial.TrialRequest",
                      "cli.RunOptions",
                      "cli.SessionCommand",
                      "node.SessionRun",
                      "node.Submission",
                      "session.RunRequest",
                      "session.RunClaim")))
          .should()
          .dependOnClassesThat(equivalentTo(Configuration.class));

  private static DescribedPredicate<JavaClass> namedOneOf(String... names) {
    return DescribedPredicate.describe(
        "named one of " + List.of(names),
        type -> List.of(names).contains(type.getName().replace("jingwei.cluster.", "")));
  }

  @ArchTest
  static final ArchRule NOTHING_SEES_THE_BENCHMARKS =
      noClasses()
          .that()
          .resideOutsideOfPackage("jingwei.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jingwei.bench..");

  @ArchTest
  static final ArchRule MODEL_PACKAGES_HAVE_NO_CYCLE =
      SlicesRuleDefinition.slices().matching("jingwei.model.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ACTOR_PACKAGES_HAVE_NO_CYCLE =
      SlicesRuleDefinition.slices().matching("jingwei.actors.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule STREAM_PACKAGES_HAVE_NO_CYCLE =
      SlicesRuleDefinition.slices().matching("jingwei.streams.(*)..").should().beFreeOfCycles();
}
