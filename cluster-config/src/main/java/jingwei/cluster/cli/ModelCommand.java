package jingwei.cluster.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import jingwei.cluster.session.ShapeSentence;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.checkpoint.ShapeJson;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.disk.WrittenFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "model",
    description = "Inspects models on disk.",
    subcommands = ModelCommand.Inspect.class,
    footer = {"", "Example:", "  jingwei model inspect --checkpoint runs/latest"})
final class ModelCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UserException("Say what to do: model inspect.");
  }

  @Command(
      name = "inspect",
      description = "Checks every file of a checkpoint and prints its contents.",
      footer = {"", "Example:", "  jingwei model inspect --checkpoint runs/latest --name best"})
  static final class Inspect implements Callable<Integer> {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Mixin private CheckpointOptions options;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Override
    public Integer call() {
      try (Checkpoint checkpoint = options.open()) {
        checkpoint.verify();
        if (json) {
          System.out.println(json(checkpoint));
        } else {
          print(checkpoint);
        }
      }
      return Commands.DONE;
    }

    private static void print(Checkpoint checkpoint) {
      Manifest manifest = checkpoint.manifest();
      System.out.printf("checkpoint %s, all files whole%n", checkpoint.folder());
      System.out.printf(
          "after step %d, %d tokens; seed %d; format version %d%n",
          manifest.step(),
          manifest.run().tokens(),
          manifest.run().seed(),
          manifest.formatVersion());
      System.out.println(ShapeSentence.of(manifest.shape()));
      System.out.printf(
          "vocabulary %d, context %d, width %d, %d heads, inner width %d, %s%n",
          manifest.shape().vocabulary(),
          manifest.shape().context(),
          manifest.shape().width(),
          manifest.shape().heads(),
          manifest.shape().innerWidth(),
          manifest.model().elementType());
      long experts = ParameterCount.of(manifest.shape()).experts();
      if (experts > 0) {
        System.out.printf(
            "%,d of %,d experts stored; the others were never updated and are drawn from their seed%n",
            manifest.model().storedExperts(), experts);
      }
      System.out.println("domains " + String.join(", ", manifest.domains()));
      System.out.println("kernels " + manifest.run().kernels());
      manifest
          .run()
          .evaluation()
          .forEach((name, loss) -> System.out.printf("held-out loss %-12s %.4f%n", name, loss));
      long bytes = 0;
      for (var file : new TreeMap<>(manifest.files()).entrySet()) {
        WrittenFile written = file.getValue();
        bytes += written.bytes();
        System.out.printf(
            "%,14d bytes  crc32c %08x  %s%n", written.bytes(), written.crc32c(), file.getKey());
      }
      System.out.printf("%,14d bytes in all%n", bytes);
    }

    private static String json(Checkpoint checkpoint) {
      Manifest manifest = checkpoint.manifest();
      ParameterCount count = ParameterCount.of(manifest.shape());
      ObjectNode root = MAPPER.createObjectNode();
      root.put("checkpoint", checkpoint.folder().toString());
      root.put("formatVersion", manifest.formatVersion());
      root.put("step", manifest.step());
      root.put("tokens", manifest.run().tokens());
      root.put("seed", manifest.run().seed());
      root.set("shape", ShapeJson.write(manifest.shape()));
      root.put("elementType", manifest.model().elementType().name());
      root.set("domains", MAPPER.valueToTree(manifest.domains()));
      root.put("kernels", manifest.run().kernels());
      root.set("evaluation", MAPPER.valueToTree(manifest.run().evaluation()));
      root.putObject("parameters")
          .put("total", count.total())
          .put("active", count.active())
          .put("dense", count.dense())
          .put("experts", count.experts())
          .put("storedExperts", manifest.model().storedExperts())
          .put("perExpert", count.perExpert());
      root.set("files", MAPPER.valueToTree(manifest.files()));
      return root.toString();
    }
  }
}
