package jingwei.model.library;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Asks the operating system whether code in a file may run, and which user this is. */
@SuppressWarnings("restricted")
final class Posix {
  private static final int READ_ONLY = 0;
  private static final int PROT_READ_EXEC = 1 | 4;
  private static final int MAP_PRIVATE = 2;
  private static final long MAP_FAILED = -1;

  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle MAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle UNMAP =
      function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle USER = function("geteuid", FunctionDescriptor.of(JAVA_INT));

  private Posix() {}

  /**
   * Whether code in a file may run. Maps a byte of it as the loader of libraries would; a file
   * system that is mounted with {@code noexec} refuses.
   */
  static boolean mayRun(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      int opened = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
      if (opened < 0) {
        return false;
      }
      MemorySegment mapped =
          (MemorySegment)
              MAP.invokeExact(MemorySegment.NULL, 1L, PROT_READ_EXEC, MAP_PRIVATE, opened, 0L);
      int closed = (int) CLOSE.invokeExact(opened);
      return closed == 0
          && mapped.address() != MAP_FAILED
          && (int) UNMAP.invokeExact(mapped, 1L) == 0;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** The user id of this process. */
  static int user() {
    try {
      return (int) USER.invokeExact();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static RuntimeException failed(Throwable e) {
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }
}
