package jingwei.model.corpus;

import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import jingwei.model.library.LibraryFolder;
import org.xerial.snappy.OSInfo;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyLoader;

/**
 * Loads the native libraries of Zstandard and Snappy. By default, each library unpacks a file into
 * the temporary folder at every start, and fails if that folder is missing or does not allow
 * programs. So this class unpacks them once into the user's cache, and uses their default only if
 * that fails.
 */
final class CompressionLibraries {
  private static final String ZSTANDARD_PATH = "ZstdNativePath";
  private static final String TEMPORARY = System.getProperty("java.io.tmpdir", "");

  private CompressionLibraries() {}

  /** Makes Zstandard ready for use. */
  static void loadZstandard() throws DataFileException {
    load(
        "Zstandard",
        () -> {
          if (!Native.isLoaded() && System.getProperty(ZSTANDARD_PATH) == null) {
            String file = System.mapLibraryName("zstd-jni-" + ZstdVersion.VERSION);
            String folder = "/linux/" + System.getProperty("os.arch") + "/";
            System.setProperty(
                ZSTANDARD_PATH, unpack("zstd", Native.class, folder, file).toString());
          }
        },
        Native::load);
  }

  /** Makes Snappy ready for use. */
  static void loadSnappy() throws DataFileException {
    load(
        "Snappy",
        () -> {
          if (System.getProperty(SnappyLoader.KEY_SNAPPY_LIB_PATH) == null) {
            String file = System.mapLibraryName("snappyjava");
            String folder =
                "/org/xerial/snappy/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/";
            Path unpacked = unpack("snappy", SnappyLoader.class, folder, file);
            System.setProperty(SnappyLoader.KEY_SNAPPY_LIB_PATH, unpacked.getParent().toString());
            System.setProperty(SnappyLoader.KEY_SNAPPY_LIB_NAME, file);
          }
        },
        Snappy::getNativeLibraryVersion);
  }

  private interface Unpacking {
    void run() throws IOException;
  }

  private static void load(String name, Unpacking fromCache, Runnable library)
      throws DataFileException {
    Throwable failure = null;
    try {
      fromCache.run();
    } catch (IOException | LinkageError e) {
      failure = e;
    }
    if (failure == null || Files.isWritable(Path.of(TEMPORARY))) {
      try {
        library.run();
        return;
      } catch (Error e) { // of several kinds; each must end in a message
        failure = e;
      }
    }
    throw new DataFileException(
        "the library for %s cannot be loaded: %s".formatted(name, reason(failure)),
        "set XDG_CACHE_HOME to a folder that may be written to and may hold programs",
        failure);
  }

  /**
   * The reason of a failure, without the path before it and without the advice on further lines.
   */
  private static String reason(Throwable failure) {
    if (failure instanceof LinkageError && failure.getMessage() != null) {
      String first = failure.getMessage().lines().findFirst().orElse("");
      return OneLine.of(first.substring(first.lastIndexOf(": ") + 1));
    }
    return OneLine.of(failure);
  }

  /**
   * The path of a library in the cache, after loading it to check that it can be loaded. The folder
   * is named after the content, because libraries of other versions and processors have the same
   * name.
   */
  @SuppressWarnings("restricted")
  private static Path unpack(String name, Class<?> owner, String folder, String file)
      throws IOException {
    byte[] content;
    try (InputStream in = owner.getResourceAsStream(folder + file)) {
      if (in == null) {
        throw new NoSuchFileException(folder + file, null, "not among the bundled libraries");
      }
      content = in.readAllBytes();
    }
    CRC32C checksum = new CRC32C();
    checksum.update(content);
    Path path =
        LibraryFolder.unpack(
                "%s-%08x".formatted(name, checksum.getValue()),
                List.of(file),
                _ -> new ByteArrayInputStream(content))
            .resolve(file)
            .toAbsolutePath();
    System.load(path.toString());
    return path;
  }
}
