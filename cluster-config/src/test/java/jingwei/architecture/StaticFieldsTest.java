package jingwei.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Nodes in one JVM share nothing through static fields: these hold only values. */
@AnalyzeClasses(packages = "jingwei.actors", importOptions = WithoutTests.class)
class StaticFieldsTest {
  @ArchTest
  static final ArchRule STATIC_FIELDS_HOLD_VALUES =
      fields().that().areStatic().should(new StaticValue());

  @SuppressWarnings({"unused", "NonFinalStaticField"}) // read by ArchUnit
  private static final class Offending {
    private static int notFinal = 1;
    private static final int[] ARRAY = {1};
    private static final List<Integer> LIST = new ArrayList<>(List.of(1));
    private static final Set<String> SORTED = new TreeSet<>();
    private static final List<AtomicLong> OF_COUNTERS = List.of(new AtomicLong());
    private static final AtomicLong COUNTER = new AtomicLong();
    private static final Object ANY = "text";
    private static final Holder RECORD = new Holder(new int[1]);
  }

  @SuppressWarnings("ArrayRecordComponent") // that is what is wrong with it
  private record Holder(int[] values) {}

  @SuppressWarnings("unused") // read by ArchUnit
  private static final class Fine {
    private static final int NUMBER = Integer.parseInt("1");
    private static final String TEXT = "text";
    private static final List<String> LIST = List.of("a", "b");
    private static final Set<Kind> KINDS = Set.of(Kind.ONE);
    private static final Pair RECORD = new Pair(1, Kind.ONE);
  }

  private enum Kind {
    ONE
  }

  private record Pair(long number, Kind kind) {}

  @Test
  void refusesWhatCanChange() {
    List<String> details =
        STATIC_FIELDS_HOLD_VALUES
            .evaluate(new ClassFileImporter().importClasses(Offending.class, Fine.class))
            .getFailureReport()
            .getDetails();
    assertEquals(
        Arrays.stream(Offending.class.getDeclaredFields())
            .filter(field -> !field.isSynthetic())
            .map(field -> "Offending." + field.getName())
            .collect(Collectors.toSet()),
        details.stream()
            .map(detail -> detail.substring(0, detail.indexOf(' ')))
            .collect(Collectors.toSet()));
  }
}
