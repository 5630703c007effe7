package jingwei.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Map;
import jingwei.cluster.session.MachineMemory;
import jingwei.cluster.session.RunSummary;
import jingwei.model.loss.DomainLoss;

/** What a run came to: for people, or as one JSON object. */
final class SummaryReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SummaryReport() {}

  static void print(RunSummary summary, boolean json, PrintStream out) {
    if (json) {
      out.println(json(summary));
      return;
    }
    long seconds = Math.round(summary.seconds());
    out.printf(
        "%s after %d steps: %d tokens, %d documents (epoch %d), %d:%02d of training, %.0f tokens/s, peak memory %.0f MB, %.0f MB of them tensors%n",
        summary.stopped() ? "stopped" : summary.didNothing() ? "nothing to do" : "done",
        summary.steps(),
        summary.tokens(),
        summary.documents(),
        summary.epoch(),
        seconds / 60,
        seconds % 60,
        summary.tokensPerSecond(),
        MachineMemory.peakProcessBytes() / 1e6,
        summary.tensorBytes() / 1e6);
    if (summary.refusedSteps() > 0) {
      out.printf(
          "%d steps were refused; spikes.jsonl says which and why%n", summary.refusedSteps());
    }
    LossPlot.of(summary.losses()).forEach(out::println);
    if (!summary.heldOut().isEmpty()) {
      out.println("held-out bits per byte     before    after");
    }
    for (Map.Entry<String, DomainLoss> domain : summary.heldOut().entrySet()) {
      DomainLoss first = summary.firstHeldOut().get(domain.getKey());
      out.printf(
          "  %-22s %8.3f %8.3f%n",
          domain.getKey(), first.bitsPerByte(), domain.getValue().bitsPerByte());
    }
    out.println("checkpoint " + summary.checkpoint());
    if (summary.stopped()) {
      out.printf("next: ./jingwei train --run %s --resume latest%n", summary.run());
    } else {
      out.printf(
          "next: ./jingwei generate --checkpoint %s --domain %s --prompt \"...\"%n",
          summary.run(), summary.training().keySet().stream().findFirst().orElse("en"));
    }
  }

  private static String json(RunSummary summary) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("steps", summary.steps());
    root.put("tokens", summary.tokens());
    root.put("documents", summary.documents());
    root.put("epoch", summary.epoch());
    root.put("seconds", summary.seconds());
    put(root, "loss", summary.loss());
    ObjectNode domains = root.putObject("domains");
    summary
        .training()
        .forEach((name, loss) -> put(node(domains, name), "bitsPerByte", loss.bitsPerByte()));
    summary
        .heldOut()
        .forEach(
            (name, loss) -> put(node(domains, name), "heldOutBitsPerByte", loss.bitsPerByte()));
    root.put("tokensPerSecond", summary.tokensPerSecond());
    root.put("peakMemoryBytes", MachineMemory.peakProcessBytes());
    root.put("tensorBytes", summary.tensorBytes());
    root.put("refusedSteps", summary.refusedSteps());
    root.put("stopped", summary.stopped());
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

  /** JSON has no NaN: what is not finite is null. */
  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
