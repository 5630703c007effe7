package jingwei.model.library;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Two files of a few bytes that pass for a library called {@code lib-1}. */
final class TinyLibrary {
  static final List<String> FILES = List.of("a.so", "b.so");

  private static final Map<String, byte[]> CONTENT =
      Map.of("a.so", new byte[] {1, 2, 3, 4, 5}, "b.so", new byte[] {9, 8, 7});

  private TinyLibrary() {}

  static InputStream open(String file) throws IOException {
    if (!CONTENT.containsKey(file)) {
      throw new FileNotFoundException(file);
    }
    return new ByteArrayInputStream(CONTENT.get(file));
  }

  static Path unpack(Place... places) throws IOException {
    return LibraryFolder.unpack(List.of(places), "lib-1", FILES, TinyLibrary::open);
  }

  static void assertHolds(Path library) throws IOException {
    for (String file : FILES) {
      assertArrayEquals(CONTENT.get(file), Files.readAllBytes(library.resolve(file)));
    }
  }
}
