package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir private Path home;

  @Test
  void findsTheCommitHoweverGitKeepsIt() throws IOException {
    assertEquals("unknown", Environment.commit(home));
    Path git = Files.createDirectories(home.resolve(".git/refs/heads")).getParent().getParent();
    Files.writeString(git.resolve("HEAD"), COMMIT + "\n");
    assertEquals("0123456789ab", Environment.commit(home));
    Files.writeString(git.resolve("HEAD"), "ref: refs/heads/main\n");
    Files.writeString(git.resolve("packed-refs"), "# pack-refs\n" + COMMIT + " refs/heads/main\n");
    assertEquals("0123456789ab", Environment.commit(home));
    Files.writeString(git.resolve("refs/heads/main"), "fedcba9876543210\n");
    assertEquals("fedcba987654", Environment.commit(home));
  }
}
