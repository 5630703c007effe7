package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MajorityTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, true",
    "1 2, 1, true",
    "1 2, 2, false",
    "1 2 3, 1, false",
    "1 2 3, 2 3, true",
    "1 2 3 4, 2 3, false",
    "1 2 3 4, 1 4, true",
    "1 2 3 4 5, 3 4 5, true",
    "1 2 3 4 5, 1 2, false"
  })
  void theLargerSideGoesOnAndOfEqualSidesThatWithTheLowestAddress(
      String all, String reached, boolean isMajority) {
    assertEquals(
        isMajority, Majority.isOn(numbers(all), numbers(reached), Comparator.naturalOrder()));
  }

  /** Of both sides of every partition, one goes on. */
  @ParameterizedTest
  @CsvSource({"1, 2 3", "2, 1 3", "1 3, 2 4", "2 4, 1 3", "5, 1 2 3 4"})
  void onlyOneSideGoesOn(String one, String other) {
    List<Integer> all = numbers(one + " " + other);

    assertEquals(
        !Majority.isOn(all, numbers(one), Comparator.naturalOrder()),
        Majority.isOn(all, numbers(other), Comparator.naturalOrder()));
  }

  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.split(" ")).map(Integer::valueOf).toList();
  }
}
