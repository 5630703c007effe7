package jingwei.model.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/**
 * Fresh memory of the operating system, zeroed when it is first touched, in pages of 2 MiB if the
 * system has them. A page costs one fault, whatever its size: filling a gigabyte for the first time
 * takes a tenth of the time that it takes in pages of 4 KiB.
 *
 * @param address a multiple of 2 MiB
 * @param bytes a multiple of 2 MiB
 */
record Mapping(long address, long bytes) {
  static final long PAGE_BYTES = 2L << 20;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final int MADV_HUGEPAGE = 14;
  private static final long FAILED = -1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle MAP =
      function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle UNMAP = function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ADVISE =
      function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  @SuppressWarnings("restricted")
  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /**
   * Maps memory.
   *
   * @param atLeast bytes
   * @throws OutOfMemoryError if the system gives none
   */
  static Mapping of(long atLeast) {
    long bytes = (atLeast + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    long whole = bytes + PAGE_BYTES; // so that it holds a multiple of the page
    try {
      long from =
          (long)
              MAP.invokeExact(0L, whole, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
      if (from == FAILED) {
        throw new OutOfMemoryError(bytes + " bytes cannot be mapped");
      }
      long address = (from + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
      unmap(from, address - from);
      unmap(address + bytes, from + whole - address - bytes);
      int ignored = (int) ADVISE.invokeExact(address, bytes, MADV_HUGEPAGE); // else small pages
      return new Mapping(address, bytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void unmap(long address, long bytes) throws Throwable {
    if (bytes > 0 && (int) UNMAP.invokeExact(address, bytes) != 0) {
      throw new IllegalStateException("munmap of %d bytes failed".formatted(bytes));
    }
  }

  /** Gives the memory back; nothing may use it afterwards. */
  void unmap() {
    try {
      unmap(address, bytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
