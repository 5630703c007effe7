package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import jingwei.model.ChildProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** If no library can be unpacked, Java computes all products. */
class UnusableFoldersTest {
  @TempDir Path folder;

  @Test
  void javaComputesTheProducts() throws Exception {
    ChildProcess child =
        new ChildProcess(
            UnusableFolders.class,
            List.of("-Duser.home=/proc/none", "-Djava.io.tmpdir=/proc/none"));
    child.environment().put("XDG_CACHE_HOME", "/proc/none");
    child.environment().put("HOME", "/proc/none");
    ChildProcess.Result result = child.run(folder);
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("error none"), result.output());
    assertTrue(result.output().contains(" java "), result.output());
  }
}
