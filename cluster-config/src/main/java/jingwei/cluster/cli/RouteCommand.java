package jingwei.cluster.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import jingwei.cluster.session.RunData;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.ModelSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.corpus.Corpus;
import jingwei.model.data.RouteLoad;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.routing.RouteTable;
import jingwei.model.text.Tokenizer;
import jingwei.streams.batch.TokenisedDocuments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "route",
    description = "Inspects route tables.",
    subcommands = RouteCommand.Audit.class,
    footer = {"", "Example:", "  jingwei route audit --preset small --data zh=texts/zh.jsonl"})
final class RouteCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UserException("Say what to do: route audit.");
  }

  @Command(
      name = "audit",
      description =
          "Counts the tokens of a text for each expert, with a checkpoint's route tables or newly drawn ones.",
      footer = {
        "",
        "Example:",
        "  jingwei route audit --checkpoint runs/latest --data en=texts/en.txt"
      })
  static final class Audit implements Callable<Integer> {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Mixin private ConfigurationOptions options;

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "run or checkpoint folder")
    private Path checkpoint;

    @Option(
        names = "--data",
        paramLabel = "DOMAIN=PATH",
        description = "text to route; the default is the run's text, or the JDK's own")
    private List<String> data = List.of();

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Override
    public Integer call() {
      List<RouteLoad> loads = checkpoint == null ? drawn() : trained();
      if (loads.isEmpty()) {
        throw new UserException("The model has no routed blocks; set model.routedBlocks.");
      }
      if (json) {
        System.out.println(json(loads));
      } else {
        print(loads);
      }
      return Commands.DONE;
    }

    private List<RouteLoad> drawn() {
      RunSettings settings = options.settings();
      Corpus corpus = RunData.read(text(settings), System.in, LeftOut::tell);
      corpus.notices().forEach(System.err::println);
      try (Tokenizer tokenizer = RunData.tokenizer(settings, corpus)) {
        RunData text =
            RunData.encode(
                corpus,
                tokenizer,
                List.copyOf(corpus.domains().keySet()),
                TokenisedDocuments.WHOLE);
        ModelSettings model = settings.model();
        DecoderShape shape = model.shape(tokenizer.vocabularySize(), text.domains().size());
        return loads(text.drawRoutes(shape, model.routeMode(), settings.session().seed()), text);
      }
    }

    /** The text of the run, or the text given by --data. */
    private DataSettings text(RunSettings settings) {
      return data.isEmpty() ? settings.data() : settings.data().withSources(data);
    }

    private List<RouteLoad> trained() {
      options.refuseBeside("--checkpoint");
      try (Checkpoint from = Checkpoint.open(checkpoint)) {
        return trained(from);
      }
    }

    private List<RouteLoad> trained(Checkpoint from) {
      RunSettings settings = RunSettings.of(from.manifest());
      DataSettings own = settings.data();
      Corpus corpus =
          data.isEmpty()
              ? RunData.readAgain(own, from.folder())
              : RunData.read(text(settings), System.in, LeftOut::tell);
      corpus.notices().forEach(System.err::println);
      try (Tokenizer tokenizer = Tokenizer.fromJson(from.folder().toString(), from.tokenizer())) {
        List<String> domains = from.manifest().domains();
        if (data.isEmpty()) {
          RunData.encode(corpus, tokenizer, domains, own.partBytes())
              .refuseAnotherThan(from.manifest());
        }
        return loads(
            from.routes(), RunData.encode(corpus, tokenizer, domains, TokenisedDocuments.WHOLE));
      }
    }

    private static List<RouteLoad> loads(List<RouteTable> routes, RunData text) {
      return RouteLoad.of(routes, text.domains(), text.train());
    }

    private static void print(List<RouteLoad> loads) {
      System.out.println(
          "layer  domain       experts  used    tokens  max/mean  experts by load / mean: "
              + String.join(" ", RouteLoad.BUCKETS));
      for (RouteLoad load : loads) {
        StringBuilder histogram = new StringBuilder();
        load.histogram().forEach(count -> histogram.append("%6d".formatted(count)));
        System.out.printf(
            "%5d  %-12s %7d %5d %9d  %8.3f  %s%n",
            load.layer(),
            load.domain(),
            load.experts(),
            load.used(),
            load.tokens(),
            load.maxOverMean(),
            histogram);
      }
    }

    private static String json(List<RouteLoad> loads) {
      ObjectNode root = MAPPER.createObjectNode();
      ArrayNode layers = root.putArray("layers");
      ObjectNode domains = root.putObject("domains");
      for (RouteLoad load : loads) {
        ObjectNode node =
            MAPPER
                .createObjectNode()
                .put("layer", load.layer())
                .put("domain", load.domain())
                .put("experts", load.experts())
                .put("used", load.used())
                .put("tokens", load.tokens())
                .put("maxOverMean", load.maxOverMean());
        node.set("loads", MAPPER.valueToTree(load.loads()));
        layers.add(node);
        ObjectNode domain =
            domains.get(load.domain()) instanceof ObjectNode known
                ? known
                : domains.putObject(load.domain());
        domain.withArray("layers").add(node.deepCopy());
      }
      return root.toString();
    }
  }
}
