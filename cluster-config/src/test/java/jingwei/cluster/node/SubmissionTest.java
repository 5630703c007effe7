package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.cluster.settings.Configuration;
import jingwei.model.UserException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubmissionTest {
  @TempDir Path folder;
  private Path data;
  private Submission submission;

  @BeforeEach
  void setUp() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("en.txt"), "text");
    Files.writeString(folder.resolve("secret.txt"), "text");
    submission = new Submission(List.of(data));
  }

  @Test
  void aFileOrPatternInAReadableFolderIsAccepted() {
    assertTrue(check("en=" + data.resolve("en.txt")).contains("en.txt"));
    assertTrue(check("en=" + data + "/*.txt").contains("*.txt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s/secret.txt", "%s/data/../secret.txt", "%s/data/../*.txt", "%s"})
  void aFileElsewhereIsRefused(String pattern) {
    String path = pattern.formatted(folder);
    UserException refused = assertThrows(UserException.class, () -> check("en=" + path));

    assertTrue(refused.getMessage().contains("may not read " + path), refused.getMessage());
  }

  @Test
  void aLinkOutOfTheFolderIsRefused() throws IOException {
    Files.createSymbolicLink(data.resolve("link.txt"), folder.resolve("secret.txt"));

    assertThrows(UserException.class, () -> check("en=" + data.resolve("link.txt")));
  }

  /** The next leader may have been started in another folder. */
  @Test
  void aRelativePathIsKeptAsAnAbsoluteOne() {
    Path here = Path.of("").toAbsolutePath();
    submission = new Submission(List.of(here));

    assertTrue(check("en=pom.xml").contains("en=" + here.resolve("pom.xml")));
  }

  @Test
  void aTokenizerElsewhereIsRefused() {
    Configuration configuration =
        configuration("en=" + data.resolve("en.txt"))
            .with(Map.of("tokenizer.file", folder.resolve("secret.txt").toString()), "test");

    assertThrows(UserException.class, () -> submission.checked("one", configuration.render()));
  }

  @Test
  void standardInputIsAcceptedAndNodesInsideAProcessAreRefused() {
    assertTrue(check("-").contains("\"-\""));
    String several =
        configuration("en=" + data.resolve("en.txt")).with(Map.of("hosts", 1), "test").render();
    assertThrows(UserException.class, () -> submission.checked("one", several));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "../a", "-a", "a b", "\u7cbe"})
  void aNameThatIsNoPlainFolderIsRefused(String name) {
    String configuration = configuration("en=" + data.resolve("en.txt")).render();

    UserException refused =
        assertThrows(UserException.class, () -> submission.checked(name, configuration));
    assertEquals(
        "The session name '%s' cannot be used; take 1 to 64 letters, digits, dots, hyphens and underscores, with a letter or digit first."
            .formatted(name),
        refused.getMessage());
  }

  private String check(String source) {
    return submission.checked("one", configuration(source).render());
  }

  private static Configuration configuration(String source) {
    return Configuration.resolve("demo", null, List.of())
        .with(Map.of("data.sources", List.of(source)), "test");
  }
}
