package jingwei.cluster.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jingwei.cluster.session.RunData;
import jingwei.cluster.settings.DataSettings;
import jingwei.model.UserException;
import jingwei.model.corpus.Corpus;
import jingwei.model.text.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "tokenize",
    description = "Trains tokenizers, encodes and decodes; files are Hugging Face tokenizer.json.",
    subcommands = {
      TokenizeCommand.Train.class,
      TokenizeCommand.Encode.class,
      TokenizeCommand.Decode.class
    },
    footer = {"", "Example:", "  jingwei tokenize train --vocabulary 4096 --out tokenizer.json"})
final class TokenizeCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UserException("Say what to do: tokenize train, tokenize encode or tokenize decode.");
  }

  @Command(
      name = "train",
      description = "Trains a byte-level BPE tokenizer; without --data, on the JDK's own text.",
      footer = {
        "",
        "Example:",
        "  jingwei tokenize train --data zh=texts/zh.txt --out tokenizer.json"
      })
  static final class Train implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DOMAIN=PATH", description = "text to train on")
    private List<String> data = List.of();

    @Option(
        names = "--vocabulary",
        paramLabel = "N",
        description = "tokens in all (${DEFAULT-VALUE})")
    private int vocabulary = 4096;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "file to write")
    private Path out;

    @Override
    public Integer call() {
      DataSettings usual = ConfigurationOptions.usual().data();
      Corpus corpus = RunData.read(usual.withSources(data), System.in, LeftOut::tell);
      corpus.notices().forEach(System.err::println);
      try (Tokenizer tokenizer = RunData.tokenizer(usual.tokenizer(), vocabulary, corpus)) {
        tokenizer.save(out);
        System.out.printf("%s: %d tokens%n", out, tokenizer.vocabularySize());
      }
      return Commands.DONE;
    }
  }

  @Command(
      name = "encode",
      description = "Prints the token ids of a text, or of standard input.",
      footer = {
        "",
        "Example:",
        "  jingwei tokenize encode --tokenizer tokenizer.json \"some text\""
      })
  static final class Encode implements Callable<Integer> {
    @Option(
        names = "--tokenizer",
        required = true,
        paramLabel = "FILE",
        description = "tokenizer.json")
    private Path file;

    @Parameters(arity = "0..1", paramLabel = "TEXT", description = "text; left out, standard input")
    private String text;

    @Override
    public Integer call() {
      try (Tokenizer tokenizer = Tokenizer.load(file)) {
        int[] ids = tokenizer.encode(text == null ? StandardInput.text() : text);
        System.out.println(
            Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
      }
      return Commands.DONE;
    }
  }

  @Command(
      name = "decode",
      description = "Prints the text of token ids, or of those on standard input.",
      footer = {"", "Example:", "  jingwei tokenize decode --tokenizer tokenizer.json 312 55 7"})
  static final class Decode implements Callable<Integer> {
    @Option(
        names = "--tokenizer",
        required = true,
        paramLabel = "FILE",
        description = "tokenizer.json")
    private Path file;

    @Parameters(arity = "0..*", paramLabel = "ID", description = "ids; left out, standard input")
    private List<String> ids = List.of();

    @Override
    public Integer call() {
      List<String> given =
          ids.isEmpty()
              ? StandardInput.text()
                  .lines()
                  .flatMap(l -> Stream.of(l.split(" ")))
                  .filter(w -> !w.isBlank())
                  .toList()
              : ids;
      try (Tokenizer tokenizer = Tokenizer.load(file)) {
        int[] numbers =
            given.stream().mapToInt(id -> number(id, tokenizer.vocabularySize())).toArray();
        System.out.print(tokenizer.decode(numbers));
        System.out.flush();
      }
      return Commands.DONE;
    }

    private static int number(String id, int vocabulary) {
      try {
        int number = Integer.parseInt(id);
        if (number >= 0 && number < vocabulary) {
          return number;
        }
      } catch (NumberFormatException e) {
        throw new UserException("'%s' is not a token id; give whole numbers.".formatted(id), e);
      }
      throw new UserException(
          "The tokenizer has no token %s; ids run from 0 to %d.".formatted(id, vocabulary - 1));
    }
  }
}
