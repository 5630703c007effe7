package jingwei.bench.cluster;

import java.util.List;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.CountingSerializer;
import jingwei.bench.CountingSerializer.Sent;
import jingwei.bench.TrainerCase;
import jingwei.bench.cluster.Row.Figures;
import jingwei.bench.cluster.Row.Layout;
import jingwei.model.step.SumOrder;

/**
 * Counts messages and bytes between nodes: one host and some devices, all in this process. They
 * send what processes would send.
 */
final class Traffic {
  static final List<Integer> DEVICES = List.of(1, 2, 4);

  /** The same work for any number of devices: each computes some of the replicas. */
  private static final int REPLICAS = 4;

  private static final int FIRST_STEPS = 2;

  private Traffic() {}

  static String name(int devices) {
    return "devices-" + devices;
  }

  static Row count(int devices, int steps) {
    CountingSerializer.install();
    TrainerCase trainer;
    try {
      trainer =
          new TrainerCase(
              SmallWork.of(REPLICAS, SumOrder.FIXED),
              1,
              1,
              Local.AERON,
              Long.MAX_VALUE,
              new NodeSettings(devices, 1));
    } finally {
      CountingSerializer.uninstall();
    }
    try (trainer) {
      trainer.run(FIRST_STEPS);
      CountingSerializer.reset();
      double speed = trainer.run(steps);
      List<Sent> sent = CountingSerializer.sent();
      sent.forEach(each -> print(each, steps));
      return new Row(
          name(devices),
          1,
          new Layout(devices, 1, "ipc"),
          new Figures(
              speed,
              sent.stream().mapToLong(each -> each.count().sum()).sum() / (double) steps,
              sent.stream().mapToLong(each -> each.bytes().sum()).sum() / (double) steps,
              sent.stream().mapToLong(each -> each.tensorBytes().sum()).sum() / (double) steps));
    }
  }

  private static void print(Sent sent, int steps) {
    System.err.printf(
        "    %-32s %6.1f a step, %6.0f bytes each, %6.1f MB of tensors%n",
        sent.sample().getClass().getName().replaceAll(".*\\.", "").replace('$', '.'),
        sent.count().sum() / (double) steps,
        sent.bytes().sum() / (double) sent.count().sum(),
        sent.tensorBytes().sum() / 1e6 / steps);
  }
}
