package jingwei.bench.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import jingwei.bench.cluster.Row.Figures;
import jingwei.bench.cluster.Row.Layout;
import org.junit.jupiter.api.Test;

/** What the report makes of figures of which no two are equal. */
class ClusterReportTest {
  private final List<Row> rows = new ArrayList<>();

  private void speed(String name, int round, double tokensPerSecond) {
    rows.add(new Row(name, round, new Layout(1, 1, "ipc"), Figures.uncounted(tokensPerSecond, 77)));
  }

  private void traffic(int devices, double messages) {
    rows.add(
        new Row(
            Traffic.name(devices),
            1,
            new Layout(devices, 1, "ipc"),
            new Figures(99, messages, 1000, 7000)));
  }

  private ObjectNode report() {
    ObjectNode report = new ObjectMapper().createObjectNode();
    new ClusterReport(rows).addTo(report);
    return report;
  }

  private static JsonNode named(JsonNode array, String name) {
    return StreamSupport.stream(array.spliterator(), false)
        .filter(node -> node.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void dividesWhatWasMeasuredInTheSameRound() {
    speed(ProcessSpeed.ONE_JVM, 1, 100);
    speed(ProcessSpeed.IPC, 1, 90);
    speed(ProcessSpeed.ONE_JVM, 2, 200);
    speed(ProcessSpeed.IPC, 2, 170);
    speed(ProcessSpeed.ONE_JVM, 3, 50);
    speed(ProcessSpeed.IPC, 3, 40);
    speed(ProcessSpeed.IPC, 4, 1);
    JsonNode ratio = named(report().path("ratios"), "ipc/one-jvm");
    assertEquals(0.85, ratio.path("value").asDouble(), 1e-9);
    assertEquals(3, ratio.path("rounds").size(), "the fourth round has only one of them");
  }

  @Test
  void givesTheMedianSpeedOfALayout() {
    speed(ProcessSpeed.UDP, 1, 10);
    speed(ProcessSpeed.UDP, 2, 30);
    speed(ProcessSpeed.UDP, 3, 20);
    JsonNode row = named(report().path("rows"), "udp");
    assertEquals(20, row.path("tokensPerSecond").asDouble());
    assertEquals(1, row.path("devices").asInt());
    assertEquals("ipc", row.path("channel").asText());
  }

  @Test
  void givesProcessesTheMessagesOfOneDeviceAndOneHost() {
    speed(ProcessSpeed.IPC, 1, 10);
    assertFalse(named(report().path("rows"), "ipc").has("messagesPerStep"), "not counted yet");
    traffic(1, 300);
    traffic(2, 500);
    JsonNode row = named(report().path("rows"), "ipc");
    assertEquals(300, row.path("messagesPerStep").asDouble());
    assertEquals(8000, row.path("bytesPerStep").asDouble(), "messages and tensors");
    assertEquals(500, named(report().path("rows"), "devices-2").path("messagesPerStep").asDouble());
  }

  @Test
  void leavesOutTheRatioOfWhatWasNotMeasured() {
    speed(OrderSpeed.FIXED, 1, 95);
    speed(OrderSpeed.ARRIVAL, 1, 100);
    JsonNode ratios = report().path("ratios");
    assertEquals(1, ratios.size());
    assertEquals(0.95, named(ratios, "fixed/arrival").path("value").asDouble(), 1e-9);
  }

  @Test
  void writesTheTablesOfThePage() {
    speed(ProcessSpeed.ONE_JVM, 1, 1000);
    speed(ProcessSpeed.IPC, 1, 900);
    traffic(4, 1234);
    List<String> tables = new ClusterReport(rows).tables();
    assertTrue(tables.contains("| `ipc/one-jvm` | 0.900 | 0.900 |"), tables.toString());
    assertTrue(tables.contains("| 4 | 1,234 | 1,000 | 7,000 |"), tables.toString());
  }
}
