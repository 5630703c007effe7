package jingwei.model.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import jingwei.model.library.LibraryFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * oneDNN through the foreign-function interface: the library and its single-precision product.
 *
 * <p>The library is unpacked from a jar, with the one other library that it depends on. If it does
 * not load (another system, no room in the cache), one warning says so and products are computed
 * without it. It must be 3.11.2 or newer: kernels of older versions point the stack pointer into
 * the heap, and a signal then overwrites the heap. OMP_NUM_THREADS must be 1, because the workers
 * provide the parallelism.
 */
@SuppressWarnings("restricted")
final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);
  private static final String NAME = "onednn-3.13";
  private static final String LIBRARY = "libdnnl.so.3";
  private static final List<String> FILES = List.of(LIBRARY, "libgomp.so.1");

  /** The bits of dnnl_cpu_isa_t for AVX512_BF16 and all instruction sets before it. */
  private static final int AVX512_BF16 = 0xe7;

  /** Likewise for AVX-512 and all instruction sets before it. */
  private static final int AVX512 = 0x27;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = open();

  private static final MethodHandle SGEMM =
      function(
          "dnnl_sgemm",
          JAVA_BYTE,
          JAVA_BYTE,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          JAVA_FLOAT,
          ADDRESS,
          JAVA_LONG);

  private OneDnn() {}

  static boolean isLoaded() {
    return SYMBOLS != null;
  }

  /** Version of the library and the instruction set it uses; other ones give other bits. */
  static String fingerprint() {
    return "%s-isa-%x".formatted(NAME, isa());
  }

  private static int isa() {
    try {
      return (int) returning("dnnl_get_effective_cpu_isa", JAVA_INT).invokeExact();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * c [m, n] = op(a) op(b), or c += op(a) op(b), row-major, single precision.
   *
   * @param aStride elements from one row of a, as it is stored, to the next; likewise for b and c
   */
  static void sgemm(
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      long a,
      long aStride,
      long b,
      long bStride,
      long c,
      long cStride,
      boolean accumulate) {
    int status;
    try {
      status =
          (int)
              SGEMM.invokeExact(
                  (byte) (transposeA ? 'T' : 'N'),
                  (byte) (transposeB ? 'T' : 'N'),
                  m,
                  n,
                  k,
                  1f,
                  MemorySegment.ofAddress(a),
                  aStride,
                  MemorySegment.ofAddress(b),
                  bStride,
                  accumulate ? 1f : 0f,
                  MemorySegment.ofAddress(c),
                  cStride);
    } catch (Throwable e) {
      throw failed(e);
    }
    check(status, "dnnl_sgemm");
  }

  /** Whether the CPU multiplies bf16 faster than single precision: AVX512_BF16 or AMX. */
  static boolean hasBf16() {
    return (isa() & AVX512_BF16) == AVX512_BF16;
  }

  /** Whether its products use AVX-512. */
  static boolean hasAvx512() {
    return (isa() & AVX512) == AVX512;
  }

  static RuntimeException failed(Throwable e) {
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  /**
   * @throws IllegalStateException if the call failed
   */
  static void check(int status, String function) {
    if (status != 0) {
      throw new IllegalStateException("%s returned status=%d".formatted(function, status));
    }
  }

  /** A function that returns a status; null where the library is not loaded. */
  static MethodHandle function(String name, MemoryLayout... arguments) {
    return returning(name, JAVA_INT, arguments);
  }

  static MethodHandle returning(String name, MemoryLayout result, MemoryLayout... arguments) {
    return SYMBOLS == null
        ? null
        : LINKER.downcallHandle(
            SYMBOLS.find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
  }

  private static SymbolLookup open() {
    try {
      Path folder = LibraryFolder.unpack(NAME, FILES, OneDnn::resource);
      return SymbolLookup.libraryLookup(folder.resolve(LIBRARY), Arena.global());
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn(
          "oneDNN does not load here ({}); ND4J and Java compute the matrix products.",
          e.toString());
      return null;
    }
  }

  private static InputStream resource(String file) throws IOException {
    String platform =
        System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64")
            ? "linux-x86_64"
            : "none";
    String path = "/org/bytedeco/dnnl/%s/%s".formatted(platform, file);
    InputStream in = OneDnn.class.getResourceAsStream(path);
    if (in == null) {
      throw new FileNotFoundException("there is no " + path);
    }
    return in;
  }
}
