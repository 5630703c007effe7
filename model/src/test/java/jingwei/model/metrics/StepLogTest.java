package jingwei.model.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepLogTest {
  /** Programs rely on the names, order and nesting of these keys. */
  @Test
  void writesTheLineOfAStep(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (StepLog log = new StepLog(file, folder.resolve("ledger"), folder.resolve("spikes"))) {
      log.metrics(
          new StepMetrics(
              new Reached(3, 1200, 17, 1),
              new StepMetrics.Losses(
                  2.5, 1.5, Map.of("en", new StepMetrics.Domain(2.25, 1.25, 100))),
              new StepMetrics.Update(1e-3, Double.NaN, false, 2),
              new StepMetrics.Work(
                  5000,
                  4,
                  new StepMetrics.Ecss(1, 2, 3, 4, 5.5, 6, 7),
                  new StepMetrics.Actors(0.5, 8, 9),
                  new StepMetrics.Memory(10, 11, 12, 13))));
    }
    assertEquals(
        """
        {"step":3,"tokens":1200,"documents":17,"loss":2.5,"bitsPerByte":1.5,\
        "domains":{"en":{"loss":2.25,"bitsPerByte":1.25,"tokens":100}},\
        "lr":0.001,"gradNorm":null,"applied":false,"tokensPerSecond":5000.0,\
        "experts":{"active":4},\
        "ecss":{"hits":1,"misses":2,"versionWaits":3,"refetches":4,"stallMillis":5.5,\
        "bytesToDevice":6,"bytesToHost":7},\
        "actors":{"laneUse":0.5,"mailboxDepthMax":8,"bytesInFlightMax":9},\
        "memory":{"deviceBytes":10,"hostBytes":11,"heapBytes":12,"offHeapBytes":13},\
        "stalenessMax":2,"epoch":1}
        """,
        Files.readString(file));
  }
}
