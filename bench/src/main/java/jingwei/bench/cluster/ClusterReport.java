package jingwei.bench.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import jingwei.bench.cluster.Row.Figures;

/** The figures of all rounds, and their ratios. */
final class ClusterReport {
  /** Each is the speed of the first layout by that of the second one. */
  private static final List<List<String>> RATIOS =
      List.of(
          List.of(ProcessSpeed.IPC, ProcessSpeed.ONE_JVM),
          List.of(ProcessSpeed.UDP, ProcessSpeed.ONE_JVM),
          List.of(OrderSpeed.FIXED, OrderSpeed.ARRIVAL),
          List.of(OrderSpeed.FIXED_REPLICAS, OrderSpeed.ARRIVAL));

  private final Map<String, List<Row>> layouts = new LinkedHashMap<>();

  ClusterReport(List<Row> rows) {
    rows.forEach(row -> layouts.computeIfAbsent(row.name(), name -> new ArrayList<>()).add(row));
  }

  /** Adds {@code rows} and {@code ratios}. What was not measured has no key. */
  void addTo(ObjectNode report) {
    ArrayNode rows = report.putArray("rows");
    layouts.forEach((name, rounds) -> add(rows.addObject(), rounds));
    ArrayNode ratios = report.putArray("ratios");
    for (List<String> pair : RATIOS) {
      List<Double> ofRounds = ratios(pair.getFirst(), pair.getLast());
      if (!ofRounds.isEmpty()) {
        ObjectNode ratio = ratios.addObject();
        ratio.put("name", String.join("/", pair)).put("value", Medians.of(ofRounds));
        ArrayNode each = ratio.putArray("rounds");
        ofRounds.forEach(each::add);
      }
    }
  }

  private void add(ObjectNode node, List<Row> rounds) {
    Row.Layout layout = rounds.getFirst().layout();
    node.put("name", rounds.getFirst().name())
        .put("devices", layout.devices())
        .put("hosts", layout.hosts())
        .put("channel", layout.channel())
        .put("tokensPerSecond", speed(rounds));
    counted(rounds.getFirst())
        .ifPresent(
            figures ->
                node.put("messagesPerStep", figures.messages())
                    .put("bytesPerStep", figures.bytes())
                    .put("messageBytesPerStep", figures.messageBytes()));
  }

  /** Messages of the pair of processes are those of one device and one host in one process. */
  private Optional<Figures> counted(Row row) {
    if (row.figures().areCounted()) {
      return Optional.of(row.figures());
    }
    return Optional.ofNullable(layouts.get(Traffic.name(1))).map(List::getFirst).map(Row::figures);
  }

  private static double speed(List<Row> rounds) {
    return Medians.of(rounds.stream().map(row -> row.figures().tokensPerSecond()).toList());
  }

  /** In each round that has both. */
  private List<Double> ratios(String above, String below) {
    List<Double> ratios = new ArrayList<>();
    for (Row row : layouts.getOrDefault(above, List.of())) {
      layouts.getOrDefault(below, List.of()).stream()
          .filter(other -> other.round() == row.round())
          .findFirst()
          .ifPresent(
              other ->
                  ratios.add(row.figures().tokensPerSecond() / other.figures().tokensPerSecond()));
    }
    return ratios;
  }

  /** The tables of {@code docs/cluster-speed.md}, as Markdown. */
  List<String> tables() {
    List<String> lines = new ArrayList<>();
    lines.add("| | devices | hosts | channel | tokens/s |");
    lines.add("|---|---:|---:|---|---:|");
    layouts.forEach(
        (name, rounds) -> {
          Row.Layout at = rounds.getFirst().layout();
          lines.add(
              "| `%s` | %d | %d | %s | %,.0f |"
                  .formatted(name, at.devices(), at.hosts(), at.channel(), speed(rounds)));
        });
    lines.add("");
    lines.add("| ratio | median | rounds |");
    lines.add("|---|---:|---|");
    for (List<String> pair : RATIOS) {
      List<Double> ofRounds = ratios(pair.getFirst(), pair.getLast());
      if (!ofRounds.isEmpty()) {
        lines.add(
            "| `%s` | %.3f | %s |"
                .formatted(
                    String.join("/", pair),
                    Medians.of(ofRounds),
                    String.join(
                        ", ", ofRounds.stream().map(ratio -> "%.3f".formatted(ratio)).toList())));
      }
    }
    lines.add("");
    lines.add("| devices | messages a step | their bytes | tensor bytes |");
    lines.add("|---:|---:|---:|---:|");
    Traffic.DEVICES.stream()
        .map(devices -> layouts.get(Traffic.name(devices)))
        .filter(Objects::nonNull)
        .map(List::getFirst)
        .forEach(
            row ->
                lines.add(
                    "| %d | %,.0f | %,.0f | %,.0f |"
                        .formatted(
                            row.layout().devices(),
                            row.figures().messages(),
                            row.figures().messageBytes(),
                            row.figures().tensorBytes())));
    return lines;
  }
}
