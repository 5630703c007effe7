package jingwei.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterLimitTest {
  record Seven(int a, int b, int c, int d, int e, int f, int g) {}

  record Eight(int a, int b, int c, int d, int e, int f, int g, int h) {}

  static Seven made(int a, int b, int c, int d, int e, int f, int g, int h) {
    return new Seven(a, b, c, d, e, f, g + h);
  }

  /** Not a factory, since it returns nothing. */
  static void computed(int a, int b, int c, int d, int e, int f, int g, int h) {
    assertEquals(made(a, b, c, d, e, f, g, h), new Seven(a, b, c, d, e, f, g + h));
  }

  @Test
  void findsTooManyParameters() throws IOException {
    computed(1, 2, 3, 4, 5, 6, 7, 8);
    List<String> found = ParameterLimit.exceeding(ParameterLimitTest.class);
    assertEquals(
        List.of("Eight(8)", "ParameterLimitTest.made(8)"),
        found.stream().filter(f -> f.startsWith("Eight") || f.contains("Limit")).toList());
  }
}
