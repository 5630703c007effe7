package jingwei.cluster.cli;

import java.util.concurrent.Callable;
import jingwei.cluster.session.ModelLoader;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.inference.Generation;
import jingwei.model.inference.LoadedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "generate",
    description = "Continues a text with the experts of a domain.",
    footer = {
      "",
      "Example:",
      "  jingwei generate --checkpoint runs/demo --domain code --prompt \"public int \""
    })
final class GenerateCommand implements Callable<Integer> {
  @Mixin private CheckpointOptions checkpoint;

  @Option(names = "--domain", required = true, paramLabel = "D", description = "domain of the text")
  private String domain;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "beginning of the text")
  private String prompt = "";

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "most tokens to add (${DEFAULT-VALUE})")
  private int tokens = 80;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 takes the most likely token (${DEFAULT-VALUE})")
  private double temperature = 0.7;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "sample from the most likely tokens with this joint probability (${DEFAULT-VALUE})")
  private double topP = 0.9;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the draws (${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(names = "--stream", description = "print tokens as they come")
  private boolean stream;

  @Override
  public Integer call() {
    Generation.Settings settings = new Generation.Settings(tokens, temperature, topP, seed);
    try (Checkpoint opened = checkpoint.open();
        LoadedModel model = ModelLoader.load(opened)) {
      Generation generation = new Generation(model, domain, prompt, settings);
      if (stream) {
        System.out.print(prompt);
        generation.run(
            text -> {
              System.out.print(text);
              System.out.flush();
            });
        System.out.println();
      } else {
        StringBuilder text = new StringBuilder(prompt);
        generation.run(text::append);
        System.out.println(text);
      }
    }
    return Commands.DONE;
  }
}
