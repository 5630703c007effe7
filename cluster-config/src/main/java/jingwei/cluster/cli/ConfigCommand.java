package jingwei.cluster.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import jingwei.cluster.session.ShapeSentence;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.decoder.DecoderShape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "config",
    description =
        "Prints the resolved configuration, the origin of each value, and the size of the model.",
    footer = {"", "Example:", "  jingwei config --preset pangu-sigma-1085b"})
final class ConfigCommand implements Callable<Integer> {
  @Mixin private ConfigurationOptions options;

  @Override
  public Integer call() {
    Configuration configuration = options.resolve();
    RunSettings settings = RunSettings.of(configuration);
    DecoderShape shape = settings.model().shape();
    List<String> domains = new ArrayList<>(settings.batch().weights().keySet());
    for (int i = domains.size(); i < Math.max(1, shape.domains()); i++) {
      domains.add("domain " + i);
    }
    settings.batch().of(domains);
    configuration.lines().forEach(System.out::println);
    System.out.println(ShapeSentence.of(shape));
    return Commands.DONE;
  }
}
