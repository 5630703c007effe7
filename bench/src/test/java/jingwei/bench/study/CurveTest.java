package jingwei.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jingwei.bench.RowFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurveTest {
  @TempDir private Path folder;

  @Test
  void liesOnAStraightLineBetweenTwoEvaluations() {
    Curve curve = curve("a", 1, 10, 4, 30, 2);
    assertEquals(4, curve.afterSeconds(10));
    assertEquals(3.5, curve.afterSeconds(15));
    assertEquals(2, curve.afterSeconds(30));
    assertTrue(Double.isNaN(curve.afterSeconds(9)));
    assertTrue(Double.isNaN(curve.afterSeconds(31)));
  }

  /** The fast one took 20 seconds: then the slow one was half-way between two evaluations. */
  @Test
  void isComparedAtTheTimeOfTheFastestOne() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    StudyReport.add(
        List.of(
            curve("slow", 1, 10, 4, 30, 2),
            curve("slow", 2, 10, 6, 30, 4),
            curve("fast", 1, 10, 5, 20, 3.5)),
        root);
    assertEquals(20, root.get("equalSeconds").asDouble());
    assertEquals(2, root.get("rows").size());
    assertEquals(3, root.at("/rows/0/bitsPerByte").asDouble());
    assertEquals(4, root.at("/rows/0/bitsPerByteAtEqualTime").asDouble());
    assertEquals("[2.0,4.0]", root.at("/rows/0/bitsPerByteOfSeeds").toString());
    assertEquals(3.5, root.at("/rows/1/bitsPerByteAtEqualTime").asDouble());
    assertEquals(3, root.get("curves").size());
  }

  @Test
  void isReadAgain() throws IOException {
    Path file = folder.resolve("a").resolve("curves.jsonl");
    Curve curve = curve("delay=1", 2, 10, 4, 30, 2);
    try (RowFile<Curve> rows = new RowFile<>(file, Curve.class)) {
      rows.add(curve);
    }
    try (RowFile<Curve> rows = new RowFile<>(file, Curve.class)) {
      assertEquals(List.of(curve), rows.rows());
    }
  }

  private static Curve curve(
      String name, long seed, double seconds, double bits, double laterSeconds, double laterBits) {
    return new Curve(
        new Subject("study", name, 10, seed),
        List.of(
            new Curve.Point(5, 50, seconds, bits),
            new Curve.Point(10, 100, laterSeconds, laterBits)));
  }
}
