package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Turns bundles into documents. A block of neighbouring messages becomes one Chinese document, and
 * each message with its translation becomes a pair. All documents of a block have the same key, so
 * a message and its translation are on the same side.
 *
 * <p>A message whose Chinese or English text was seen before is left out, so that no message is on
 * both sides under two names.
 */
final class JdkMessages {
  private static final int MIN_CHINESE_CHARS = 4;
  private static final int MIN_ENGLISH_CHARS = 6;

  private final JdkSettings settings;
  private final CorpusBuilder corpus;
  private final boolean withEnglish;
  private final Set<String> seen = new HashSet<>();

  private record Message(String key, String chinese, String english) {}

  /**
   * @param withEnglish whether the English messages also become documents of their own
   */
  JdkMessages(JdkSettings settings, CorpusBuilder corpus, boolean withEnglish) {
    this.settings = settings;
    this.corpus = corpus;
    this.withEnglish = withEnglish;
  }

  void add(JdkBundles.Bundle bundle) {
    blocks(usable(bundle)).forEach(block -> addBlock(bundle.name(), block));
  }

  /**
   * Blocks of neighbouring messages of about the wanted size; a short rest joins the last block.
   */
  private List<List<Message>> blocks(List<Message> messages) {
    List<List<Message>> blocks = new ArrayList<>();
    long left = messages.stream().mapToLong(message -> Text.utf8Length(message.chinese)).sum();
    long size = 0;
    for (Message message : messages) {
      if (blocks.isEmpty()
          || (size >= settings.messageBytes() && left >= settings.messageBytes() / 2)) {
        blocks.add(new ArrayList<>());
        size = 0;
      }
      blocks.getLast().add(message);
      long bytes = Text.utf8Length(message.chinese);
      size += bytes;
      left -= bytes;
    }
    return blocks;
  }

  private List<Message> usable(JdkBundles.Bundle bundle) {
    List<Message> messages = new ArrayList<>();
    bundle
        .chinese()
        .forEach(
            (key, value) -> {
              String chinese = Text.clean(value);
              String english = Text.clean(bundle.english().getOrDefault(key, ""));
              if (!isTranslated(chinese, english)) {
                corpus.drop(DropReason.UNTRANSLATED);
              } else if (seen.contains(chinese) || seen.contains(english)) {
                corpus.drop(DropReason.DUPLICATE);
              } else {
                seen.add(chinese);
                seen.add(english);
                messages.add(new Message(key, chinese, english));
              }
            });
    return messages;
  }

  private static boolean isTranslated(String chinese, String english) {
    return chinese.length() >= MIN_CHINESE_CHARS
        && english.length() >= MIN_ENGLISH_CHARS
        && Text.holdsHan(chinese)
        && !Text.holdsHan(english);
  }

  private void addBlock(String bundle, List<Message> block) {
    String first = block.getFirst().key;
    String key = "bundle:" + bundle + "#" + first;
    String chinese = block.stream().map(Message::chinese).collect(Collectors.joining("\n"));
    corpus.add(
        key,
        new Document.Plain("jdk:" + bundle + "_zh_CN#" + first, JdkCorpus.CHINESE, "zh", chinese));
    if (withEnglish) {
      String english = block.stream().map(Message::english).collect(Collectors.joining("\n"));
      corpus.add(
          key,
          new Document.Plain("jdk:" + bundle + "_en#" + first, JdkCorpus.ENGLISH, "en", english));
    }
    for (Message message : block) {
      corpus.add(
          key,
          new Document.Pair(
              "jdk:" + bundle + "#" + message.key,
              JdkCorpus.BILINGUAL,
              new Document.Side("zh", message.chinese),
              new Document.Side("en", message.english)));
    }
  }
}
