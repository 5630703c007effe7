package jingwei.model.corpus;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Documents by domain, and a count of what was left out.
 *
 * @param domains the documents of each domain, in the order of the domains
 * @param dropped how many texts were dropped for each reason
 * @param rejected rows that could not be read
 * @param notices sentences for the user about what is missing and what replaces it
 */
public record Corpus(
    SequencedMap<String, DomainTexts> domains,
    Map<DropReason, Long> dropped,
    Rejections rejected,
    List<String> notices) {

  public Corpus {
    domains = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(domains));
    Map<DropReason, Long> ordered = new EnumMap<>(DropReason.class);
    ordered.putAll(dropped);
    dropped = Collections.unmodifiableMap(ordered);
    notices = List.copyOf(notices);
  }

  /**
   * The training texts by domain, including both sides of each pair. A tokenizer is trained on
   * these.
   */
  public SequencedMap<String, List<String>> trainingTexts() {
    SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
    domains.forEach(
        (domain, both) ->
            texts.put(
                domain,
                both.train().stream().flatMap(document -> document.texts().stream()).toList()));
    return Collections.unmodifiableSequencedMap(texts);
  }
}
