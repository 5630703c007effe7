package jingwei.model.inference;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jingwei.model.SeededRandom;
import jingwei.model.UserException;
import jingwei.model.text.Tokenizer;

/** Draws tokens one after another until the end of the text or a maximum number of tokens. */
public final class Generation {
  private final LoadedModel model;
  private final int domain;
  private final Settings settings;
  private final int tags;
  private int[] tokens;

  /**
   * @param maxTokens most tokens to draw
   * @param temperature logits are divided by it; 0 takes the likeliest token
   * @param topP tokens are drawn from the likeliest ones whose joint probability reaches it
   * @param seed of the draws
   */
  public record Settings(int maxTokens, double temperature, double topP, long seed) {
    public Settings {
      if (maxTokens < 1
          || !(temperature >= 0)
          || Double.isInfinite(temperature)
          || !(topP > 0 && topP <= 1)) {
        throw new UserException(
            "--tokens %d must be above 0, --temperature %s not below 0, and --top-p %s in (0, 1]."
                .formatted(maxTokens, temperature, topP));
      }
    }
  }

  /**
   * @param prompt start of the text; may be empty
   */
  public Generation(LoadedModel model, String domainName, String prompt, Settings settings) {
    this.model = model;
    this.settings = settings;
    this.domain = model.domain(domainName);
    Tokenizer tokenizer = model.tokenizer();
    int[] text = tokenizer.encode(prompt);
    int[] start =
        IntStream.concat(IntStream.of(tokenizer.domainToken(domainName)), languageTag(domainName))
            .toArray();
    tags = start.length;
    tokens = IntStream.concat(Arrays.stream(start), Arrays.stream(text)).toArray();
  }

  /**
   * Draws the tokens.
   *
   * @param consumer receives pieces of text as soon as their characters are complete
   */
  public void run(Consumer<String> consumer) {
    SeededRandom random = new SeededRandom(settings.seed());
    Utf8Pieces pieces = new Utf8Pieces(consumer);
    Tokenizer tokenizer = model.tokenizer();
    for (int i = 0; i < settings.maxTokens(); i++) {
      int next = draw(model.nextLogits(tokens, tags, domain), random);
      if (next == tokenizer.endOfText()) {
        break;
      }
      tokens = Arrays.copyOf(tokens, tokens.length + 1);
      tokens[tokens.length - 1] = next;
      pieces.add(tokenizer.bytes(next));
    }
  }

  /** Documents of code start with their language, pairs with the language of their first side. */
  private IntStream languageTag(String domainName) {
    return switch (domainName) {
      case "code" -> model.tokenizer().languageToken("java").stream();
      case "bilingual" -> model.tokenizer().languageToken("zh").stream();
      default -> IntStream.empty();
    };
  }

  private int draw(double[] logits, SeededRandom random) {
    Tokenizer tokenizer = model.tokenizer();
    for (int id = 0; id < logits.length; id++) {
      if (tokenizer.isControl(id) && !isWanted(tokenizer, id)) {
        logits[id] = Double.NEGATIVE_INFINITY;
      }
    }
    Integer[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]))
            .toArray(Integer[]::new);
    if (settings.temperature() == 0) {
      return order[0];
    }
    double max = logits[order[0]];
    double[] weights = new double[order.length];
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      weights[i] = Math.exp((logits[order[i]] - max) / settings.temperature());
      sum += weights[i];
    }
    int kept = 0;
    double keptSum = 0;
    while (kept < order.length && keptSum < settings.topP() * sum) {
      keptSum += weights[kept++];
    }
    double at = random.nextDouble() * keptSum;
    for (int i = 0; i < kept; i++) {
      at -= weights[i];
      if (at < 0) {
        return order[i];
      }
    }
    return order[kept - 1];
  }

  /**
   * The end-of-text token is always allowed; in a pair, so is the tag that starts the other side.
   */
  private boolean isWanted(Tokenizer tokenizer, int id) {
    return id == tokenizer.endOfText()
        || (model.manifest().domains().get(domain).equals("bilingual")
            && (tokenizer.languageToken("zh").stream().anyMatch(tag -> tag == id)
                || tokenizer.languageToken("en").stream().anyMatch(tag -> tag == id)));
  }

  /** Joins the bytes of tokens into whole characters. */
  private static final class Utf8Pieces {
    private final Consumer<String> consumer;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

    Utf8Pieces(Consumer<String> consumer) {
      this.consumer = consumer;
    }

    /** Drops bytes that can never become a character, so the output is valid UTF-8. */
    void add(byte[] bytes) {
      if (bytes.length == 0) {
        consumer.accept(" | ");
        return;
      }
      for (byte b : bytes) {
        boolean continues = (b & 0xC0) == 0x80;
        if (!continues) {
          pending.reset();
        }
        pending.write(b);
        int needed = length(pending.toByteArray()[0]);
        if (needed == pending.size()) {
          String character = pending.toString(StandardCharsets.UTF_8);
          if (character.indexOf('\uFFFD') < 0) {
            consumer.accept(character);
          }
          pending.reset();
        }
      }
    }

    private static int length(byte first) {
      int value = first & 0xFF;
      if (value < 0x80) {
        return 1;
      }
      return value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : value >= 0xC0 ? 2 : -1;
    }
  }
}
