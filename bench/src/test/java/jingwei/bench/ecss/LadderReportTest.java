package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the report makes of figures of which no two are equal. */
class LadderReportTest {
  private static final int TOKENS = 1024;

  @TempDir private Path folder;
  private RungFile file;

  @BeforeEach
  void open() throws IOException {
    file = new RungFile(folder);
  }

  @AfterEach
  void close() throws IOException {
    file.close();
  }

  private void add(String name, int domains, double link, double seconds, double optimizerMillis)
      throws IOException {
    Figures.Bytes bytes = new Figures.Bytes(10, 20, 700, 600, Double.NaN, Double.NaN);
    file.add(
        Measurement.of(name, domains).at(link),
        1,
        new Figures(
            TOKENS / seconds,
            domains / 40.0,
            bytes,
            new Figures.Times(seconds / 2, optimizerMillis, 3),
            4,
            5));
  }

  /** Adam takes so many milliseconds alone, and the plain pass 400. */
  private void adam(double millis) throws IOException {
    file.add(
        Plan.ADAM,
        1,
        new Figures(
            0,
            1,
            new Figures.Bytes(0, 0, 0, 0, Double.NaN, Double.NaN),
            new Figures.Times(0.4, millis, 0),
            0,
            0));
  }

  private JsonNode report() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    LadderReport.add(file, root);
    return root;
  }

  private static JsonNode ratio(JsonNode report, String name, String link, int domains) {
    return StreamSupport.stream(report.get("ratios").spliterator(), false)
        .filter(
            row ->
                row.get("name").asText().equals(name)
                    && row.get("link").asText().equals(link)
                    && row.get("domainsPerBatch").asInt() == domains)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRatioIsTheSpeedOfTheFirstOverThatOfTheSecond() throws IOException {
    adam(500);
    add("B1", 40, Plan.FAST, 6, 900);
    add("B1", 40, Plan.SLOW, 8, 500);
    add("B2a", 2, Plan.FAST, 3, 700);
    add("E3", 2, Plan.FAST, 2, 10);
    add("E3", 2, Plan.SLOW, 1, 10);
    add("E2", 2, Plan.FAST, 5, 10);
    JsonNode report = report();
    assertEquals(0.8, report.get("adamShare").asDouble(), 1e-12);
    assertEquals(3, ratio(report, "E3/B1", "none", 2).get("value").asDouble(), 1e-12);
    assertEquals(8, ratio(report, "E3/B1", "1250000000", 2).get("value").asDouble(), 1e-12);
    assertEquals(1.5, ratio(report, "E3/B2a", "none", 2).get("value").asDouble(), 1e-12);
    assertEquals(2.5, ratio(report, "E3/E2", "none", 2).get("value").asDouble(), 1e-12);
    // With Adam as fast as alone, B1 would take 0.4 s less, and B2a 0.2 s.
    assertEquals(2.8, ratio(report, "E3/B1", "none", 2).get("valueWithAdamAlone").asDouble(), 1e-9);
    assertEquals(
        8, ratio(report, "E3/B1", "1250000000", 2).get("valueWithAdamAlone").asDouble(), 1e-9);
    assertEquals(
        1.4, ratio(report, "E3/B2a", "none", 2).get("valueWithAdamAlone").asDouble(), 1e-9);
    assertEquals(4, report.get("ratios").size());
  }

  @Test
  void aBaselineWithASlowAdamHasNoRatio() throws IOException {
    add("B1", 40, Plan.FAST, 6, 900);
    add("E3", 1, Plan.FAST, 2, 10);
    JsonNode missing = ratio(report(), "E3/B1", "none", 1);
    assertFalse(missing.has("value"));
    assertTrue(missing.get("refused").asText().contains("adam-alone"), missing.toString());
    adam(600);
    JsonNode slow = ratio(report(), "E3/B1", "none", 1);
    assertFalse(slow.has("value"));
    assertTrue(slow.get("refused").asText().contains("0.67"), slow.toString());
  }

  /** Gradients of 600 bytes take 3 s at 200 bytes a second; computing takes 4 s alone. */
  @Test
  void theHiddenShareIsThatOfGradientsWithOneDomain() throws IOException {
    add("E3-handover", 1, Plan.FAST, 4, 10);
    add("E3-hidden-0.5", 1, 200, 4.75, 10);
    add("E3", 1, Plan.SLOW, 5, 10);
    JsonNode hidden = report().get("hidden");
    assertEquals(1, hidden.size());
    assertEquals(3, hidden.at("/0/transferSeconds").asDouble(), 1e-12);
    assertEquals(4, hidden.at("/0/computeSeconds").asDouble(), 1e-12);
    assertEquals(0.75, hidden.at("/0/value").asDouble(), 1e-12);
  }

  @Test
  void theLineGoesThroughE2AndE1() throws IOException {
    add("E2", 1, Plan.FAST, 1.1, 10);
    add("E2", 4, Plan.FAST, 1.4, 10);
    assertFalse(report().has("fit"));
    add("E1", 40, Plan.FAST, 5, 10);
    add("E3", 40, Plan.FAST, 9, 10);
    JsonNode fit = report().get("fit");
    assertEquals(1, fit.get("C").asDouble(), 1e-9);
    assertEquals(4, fit.get("H").asDouble(), 1e-9);
  }

  @Test
  void manyExpertsStandBesideFew() throws IOException {
    add("experts-32", 2, Plan.FAST, 2, 10);
    add("experts-1024", 2, Plan.FAST, 2.5, 10);
    add("experts-4096", 1, Plan.FAST, 3, 10);
    JsonNode rows = report().get("experts");
    assertEquals(3, rows.size());
    assertFalse(rows.at("/0").has("speedToFew"));
    assertEquals(1024, rows.at("/1/perLayer").asInt());
    assertEquals(0.8, rows.at("/1/speedToFew").asDouble(), 1e-12);
    assertEquals(1, rows.at("/1/deviceBytesToFew").asDouble(), 1e-12);
    assertFalse(rows.at("/2").has("speedToFew"), "no 32 experts with one domain a step");
  }
}
