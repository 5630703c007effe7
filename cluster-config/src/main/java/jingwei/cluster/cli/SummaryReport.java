package jingwei.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Map;
import jingwei.cluster.session.MachineMemory;
import jingwei.cluster.session.RunSummary;
import jingwei.model.loss.DomainLoss;

/** Prints the result of a run, as text or as one JSON object. */
final class SummaryReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SummaryReport() {}

  static void print(RunSummary summary, boolean json, PrintStream out) {
    if (json) {
      out.println(json(summary));
      return;
    }
    long seconds = Math.round(summary.cost().seconds());
    out.printf(
        "%s after %d steps: %d tokens, %d documents (epoch %d), %d:%02d of training, %.0f tokens/s, peak memory %.0f MB, %.0f MB of them tensors%n",
        summary.ending().stopped()
            ? "stopped"
            : summary.ending().didNothing() ? "nothing to do" : "done",
        summary.reached().step(),
        summary.reached().tokens(),
        summary.reached().documents(),
        summary.reached().epoch(),
        seconds / 60,
        seconds % 60,
        summary.cost().tokensPerSecond(),
        MachineMemory.peakProcessBytes() / 1e6,
        summary.cost().tensorBytes() / 1e6);
    if (summary.ending().refusedSteps() > 0) {
      out.printf(
          "%d steps were refused; spikes.jsonl says which and why%n",
          summary.ending().refusedSteps());
    }
    LossPlot.of(summary.losses().plotted()).forEach(out::println);
    if (!summary.losses().heldOut().isEmpty()) {
      out.println("held-out bits per byte     before    after");
    }
    for (Map.Entry<String, DomainLoss> domain : summary.losses().heldOut().entrySet()) {
      DomainLoss first = summary.losses().firstHeldOut().get(domain.getKey());
      out.printf(
          "  %-22s %8.3f %8.3f%n",
          domain.getKey(), first.bitsPerByte(), domain.getValue().bitsPerByte());
    }
    out.println("checkpoint " + summary.checkpoint());
    if (summary.ending().stopped()) {
      out.printf("next: ./jingwei train --run %s --resume latest%n", summary.run());
    } else {
      out.printf(
          "next: ./jingwei generate --checkpoint %s --domain %s --prompt \"...\"%n",
          summary.run(), summary.losses().training().keySet().stream().findFirst().orElse("en"));
    }
  }

  private static String json(RunSummary summary) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("steps", summary.reached().step());
    root.put("tokens", summary.reached().tokens());
    root.put("documents", summary.reached().documents());
    root.put("epoch", summary.reached().epoch());
    root.put("seconds", summary.cost().seconds());
    put(root, "loss", summary.losses().last());
    ObjectNode domains = root.putObject("domains");
    summary
        .losses()
        .training()
        .forEach((name, loss) -> put(node(domains, name), "bitsPerByte", loss.bitsPerByte()));
    summary
        .losses()
        .heldOut()
        .forEach(
            (name, loss) -> put(node(domains, name), "heldOutBitsPerByte", loss.bitsPerByte()));
    root.put("tokensPerSecond", summary.cost().tokensPerSecond());
    root.put("peakMemoryBytes", MachineMemory.peakProcessBytes());
    root.put("tensorBytes", summary.cost().tensorBytes());
    root.put("refusedSteps", summary.ending().refusedSteps());
    root.put("stopped", summary.ending().stopped());
    root.put("checkpoint", summary.checkpoint().toString());
    root.put("run", summary.run().toString());
    try {
      return MAPPER.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode node(ObjectNode parent, String name) {
    return parent.get(name) instanceof ObjectNode known ? known : parent.putObject(name);
  }

  /** JSON has no NaN; values that are not finite become null. */
  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
