package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class LiveSettingsTest {
  private static final List<String> LIVE =
      List.of(
          "data.live=true",
          "data.sources=[\"-\"]",
          "data.domains=[zh, en]",
          "tokenizer.file=t.json");

  @Test
  void isLiveOnlyIfToldSo() {
    DataSettings data = settings().data();
    assertTrue(data.live().isLive());
    assertEquals(List.of("zh", "en"), data.live().domains());
    assertFalse(
        RunSettings.of(Configuration.resolve("demo", null, List.of())).data().live().isLive());
    assertFalse(data.withSources(List.of("en=en.txt")).live().isLive(), "files are not live");
  }

  @Test
  void refusesALiveRunThatLacksSomethingInOneSentence() {
    refuses("data.live = true needs a tokenizer", "tokenizer.file=\"\"");
    refuses("data.live = true needs the names of the domains", "data.domains=[]");
    refuses("data.live = true reads rows from standard input alone", "data.sources=[]");
    refuses("data.live = true reads rows from standard input alone", "data.sources=[\"en=-\"]");
    refuses(
        "data.live = true reads rows from standard input alone", "data.sources=[\"-\", \"en=a\"]");
    refuses("data.domains = [en, en] names a domain twice", "data.domains=[en, en]");
    refuses("data.domains has 'e n', which is no name", "data.domains=[\"e n\"]");
    refuses("route.mode = greedy counts all tokens", "route.mode=greedy");
  }

  @Test
  void keepsItsValuesAtAResume() {
    Configuration run = configuration();
    assertEquals(
        run.render(), run.resumedWith(configuration(), false, Set.of()).render(), "the same");
    for (String change : List.of("data.live=false", "data.domains=[en, zh]")) {
      Configuration other = configuration(change);
      String message =
          assertThrows(UserException.class, () -> run.resumedWith(other, false, Set.of()))
              .getMessage();
      assertTrue(message.contains(change.substring(0, change.indexOf('='))), message);
    }
  }

  private static void refuses(String beginning, String change) {
    String message = assertThrows(UserException.class, () -> settings(change)).getMessage();
    assertTrue(message.startsWith(beginning) && message.endsWith("."), message);
  }

  private static RunSettings settings(String... more) {
    return RunSettings.of(configuration(more));
  }

  private static Configuration configuration(String... more) {
    List<String> values = new ArrayList<>(LIVE);
    values.addAll(List.of(more));
    return Configuration.resolve("demo", null, values);
  }
}
