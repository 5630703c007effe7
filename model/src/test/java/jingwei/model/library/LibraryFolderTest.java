package jingwei.model.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import jingwei.model.ChildProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryFolderTest {
  /** A folder of the kernel, in which no file can be created. */
  private static final Place UNUSABLE = new Place.Fixed(Path.of("/proc/jingwei"));

  @TempDir Path folder;

  private Place place(String name) {
    return new Place.Fixed(folder.resolve(name));
  }

  @Test
  void unpacksOnceAndLeavesNothingElse() throws IOException {
    Path library = TinyLibrary.unpack(place("cache"));
    assertEquals(folder.resolve("cache/lib-1"), library);
    TinyLibrary.assertHolds(library);
    FileTime written = Files.getLastModifiedTime(library.resolve("a.so"));
    assertEquals(library, TinyLibrary.unpack(place("cache")));
    assertEquals(written, Files.getLastModifiedTime(library.resolve("a.so")));
    assertEquals(List.of("lib-1"), names(folder.resolve("cache")));
  }

  /** A half copy, a truncated file, files of another version, a file in the place of the folder. */
  @Test
  void replacesAFolderWithOtherContent() throws IOException {
    for (Damage damage :
        List.<Damage>of(
            library -> Files.delete(library.resolve("b.so")),
            library -> Files.write(library.resolve("a.so"), new byte[] {1, 2}),
            library -> Files.write(library.resolve("a.so"), new byte[0]),
            library -> Files.write(library.resolve("b.so"), new byte[] {9, 8, 7, 6}),
            library -> Files.move(library.resolve("a.so"), library.resolve("c.so")),
            library -> {
              FileTree.remove(library);
              Files.write(library, new byte[] {6});
            })) {
      Path library = TinyLibrary.unpack(place("cache"));
      damage.to(library);
      assertEquals(library, TinyLibrary.unpack(place("cache")));
      TinyLibrary.assertHolds(library);
    }
  }

  private interface Damage {
    void to(Path library) throws IOException;
  }

  @Test
  void usesTheNextFolderThatCanBeWrittenTo() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[] {6});
    Path library =
        LibraryFolder.unpack(
            List.of(UNUSABLE, new Place.Fixed(file.resolve("cache")), place("cache")),
            "lib-1",
            TinyLibrary.FILES,
            TinyLibrary::open);
    assertEquals(folder.resolve("cache/lib-1"), library);
  }

  @Test
  void saysOfEachFolderWhyItCannotBeUsed() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[] {6});
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                LibraryFolder.unpack(
                    List.of(UNUSABLE, new Place.Fixed(file)),
                    "lib-1",
                    TinyLibrary.FILES,
                    TinyLibrary::open));
    assertTrue(
        e.getMessage().matches("no folder for the library lib-1: /proc/jingwei \\(.+\\), .+"),
        e.getMessage());
    assertTrue(e.getMessage().contains(file + " ("), e.getMessage());
  }

  @Test
  void namesASourceThatIsMissing() {
    IOException e =
        assertThrows(
            FileNotFoundException.class,
            () ->
                LibraryFolder.unpack(
                    List.of(place("cache")), "lib-1", List.of("c.so"), TinyLibrary::open));
    assertEquals("c.so", e.getMessage());
  }

  /** Every second folder exists already, with other content than what is unpacked. */
  @Test
  void severalProcessesAtOnceGetTheSameFolder() throws Exception {
    int folders = 200;
    int processes = 3;
    for (int i = 1; i < folders; i += 2) {
      Path wrong = Files.createDirectories(folder.resolve("cache/lib-" + i));
      Files.write(wrong.resolve("a.so"), new byte[] {6});
    }
    List<Future<ChildProcess.Result>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(processes)) {
      for (int i = 0; i < processes; i++) {
        ChildProcess child =
            new ChildProcess(
                UnpackingProcess.class,
                List.of(),
                folder.resolve("cache").toString(),
                Integer.toString(folders));
        results.add(threads.submit(() -> child.run(folder)));
      }
    }
    for (Future<ChildProcess.Result> result : results) {
      assertEquals(0, result.get().exitCode(), result.get().output());
    }
    assertEquals(
        folders,
        names(folder.resolve("cache")).stream().filter(name -> !name.equals(".lock")).count());
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
