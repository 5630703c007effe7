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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * oneDNN through the foreign-function interface: the C functions that {@link VectorKernels} calls.
 *
 * <p>The library comes out of a jar with the two others that it needs to load. Where it does not
 * load (another system, no room in the cache), that is said once and products are made without it.
 * OMP_NUM_THREADS must be 1: parallelism comes from lanes.
 */
@SuppressWarnings("restricted")
final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);
  private static final String NAME = "onednn-3.8.1";
  private static final String LIBRARY = "libdnnl.so.3";
  private static final List<String> FILES = List.of(LIBRARY, "libgomp.so.1", "libOpenCL.so.1");

  /** Element types, as dnnl_data_type_t numbers them. */
  static final int BF16 = 2;

  static final int F32 = 3;

  /** Of dnnl_format_tag_t, dnnl_engine_kind_t, dnnl_stream_flags_t, dnnl_query_t. */
  private static final int ANY = 1;

  private static final int CPU = 1;
  private static final int IN_ORDER = 1;
  private static final int WEIGHTS_LAYOUT = 131;

  /** Roles of arguments, and the size of a dnnl_exec_arg_t. */
  private static final int SOURCE = 1;

  private static final int DESTINATION = 17;
  private static final int WEIGHTS = 33;
  private static final long ARGUMENT_BYTES = 16;

  /** The bits of dnnl_cpu_isa_t that stand for AVX512_BF16 and all before it. */
  private static final int AVX512_BF16 = 0xe7;

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
  private static final MethodHandle STRIDED =
      function(
          "dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle TAGGED =
      function("dnnl_memory_desc_create_with_tag", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle DESTROY_LAYOUT = function("dnnl_memory_desc_destroy", ADDRESS);
  private static final MethodHandle LAYOUT_BYTES =
      returning("dnnl_memory_desc_get_size", JAVA_LONG, ADDRESS);
  private static final MethodHandle ATTRIBUTES = function("dnnl_primitive_attr_create", ADDRESS);
  private static final MethodHandle DESTROY_ATTRIBUTES =
      function("dnnl_primitive_attr_destroy", ADDRESS);
  private static final MethodHandle POST_OPS = function("dnnl_post_ops_create", ADDRESS);
  private static final MethodHandle DESTROY_POST_OPS = function("dnnl_post_ops_destroy", ADDRESS);
  private static final MethodHandle APPEND_SUM =
      function("dnnl_post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SET_POST_OPS =
      function("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
  private static final MethodHandle MATMUL =
      function(
          "dnnl_matmul_primitive_desc_create",
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle REORDER =
      function(
          "dnnl_reorder_primitive_desc_create",
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle QUERY =
      returning("dnnl_primitive_desc_query_md", ADDRESS, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle DESTROY_DESCRIPTION =
      function("dnnl_primitive_desc_destroy", ADDRESS);
  private static final MethodHandle PRIMITIVE = function("dnnl_primitive_create", ADDRESS, ADDRESS);
  private static final MethodHandle DESTROY_PRIMITIVE = function("dnnl_primitive_destroy", ADDRESS);
  private static final MethodHandle EXECUTE =
      function("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle MEMORY =
      function("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle DESTROY_MEMORY = function("dnnl_memory_destroy", ADDRESS);
  private static final MethodHandle SET_PLACE =
      function("dnnl_memory_set_data_handle", ADDRESS, ADDRESS);
  private static final MethodHandle STREAM =
      function("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
  private static final MemorySegment ENGINE = engine();

  private OneDnn() {}

  static boolean isLoaded() {
    return SYMBOLS != null;
  }

  /** Version and the instructions it picked: others give other bits. */
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

  private static MemorySegment engine() {
    if (!isLoaded()) {
      return MemorySegment.NULL;
    }
    try {
      MemorySegment created = Arena.global().allocate(ADDRESS);
      MethodHandle create = function("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
      check((int) create.invokeExact(created, CPU, 0L), "engine_create");
      return created.get(ADDRESS, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * c [m, n] = op(a) op(b), or c += op(a) op(b), row-major, single precision.
   *
   * @param aStride elements from one row of a as it lies to the next; the same for b and c
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

  /** Description of a strided matrix, to be destroyed; strides in elements. */
  static long layout(int type, long rows, long columns, long rowStride, long columnStride) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created = arena.allocate(ADDRESS);
      MemorySegment sizes = arena.allocateFrom(JAVA_LONG, rows, columns);
      MemorySegment strides = arena.allocateFrom(JAVA_LONG, rowStride, columnStride);
      check((int) STRIDED.invokeExact(created, 2, sizes, type, strides), "memory_desc");
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Description of a matrix whose layout the library may choose, to be destroyed. */
  static long anyLayout(int type, long rows, long columns) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created = arena.allocate(ADDRESS);
      MemorySegment sizes = arena.allocateFrom(JAVA_LONG, rows, columns);
      check((int) TAGGED.invokeExact(created, 2, sizes, type, ANY), "memory_desc");
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void destroyLayout(long layout) {
    try {
      check((int) DESTROY_LAYOUT.invokeExact(at(layout)), "memory_desc_destroy");
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Bytes that a matrix of this layout takes. */
  static long bytes(long layout) {
    try {
      return (long) LAYOUT_BYTES.invokeExact(at(layout));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Description of a product c = a b, or c += a b, to be destroyed with its primitive. */
  static long matmul(long a, long b, long c, boolean accumulate) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ADDRESS);
      check((int) ATTRIBUTES.invokeExact(attributes), "primitive_attr_create");
      MemorySegment own = attributes.get(ADDRESS, 0);
      if (accumulate) {
        MemorySegment after = arena.allocate(ADDRESS);
        check((int) POST_OPS.invokeExact(after), "post_ops_create");
        MemorySegment sum = after.get(ADDRESS, 0);
        check((int) APPEND_SUM.invokeExact(sum, 1f, 0, 0), "post_ops_append_sum");
        check((int) SET_POST_OPS.invokeExact(own, sum), "primitive_attr_set_post_ops");
        check((int) DESTROY_POST_OPS.invokeExact(sum), "post_ops_destroy");
      }
      MemorySegment created = arena.allocate(ADDRESS);
      int status =
          (int) MATMUL.invokeExact(created, ENGINE, at(a), at(b), MemorySegment.NULL, at(c), own);
      check(status, "matmul_primitive_desc_create");
      check((int) DESTROY_ATTRIBUTES.invokeExact(own), "primitive_attr_destroy");
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** The layout that the library chose for b; it lives as long as the description. */
  static long weightsOf(long matmul) {
    try {
      return ((MemorySegment) QUERY.invokeExact(at(matmul), WEIGHTS_LAYOUT, 0)).address();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Description of a copy into another layout and type, to be destroyed with its primitive. */
  static long reorder(long from, long to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created = arena.allocate(ADDRESS);
      int status =
          (int) REORDER.invokeExact(created, at(from), ENGINE, at(to), ENGINE, MemorySegment.NULL);
      check(status, "reorder_primitive_desc_create");
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A stream of calls, one after the other; lives as long as the process. */
  static long newStream() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created = arena.allocate(ADDRESS);
      check((int) STREAM.invokeExact(created, ENGINE, IN_ORDER), "stream_create");
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Something that can be run, with the places of its arguments. */
  static final class Primitive implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment primitive;
    private final MemorySegment arguments;
    private final MemorySegment[] places;

    /**
     * @param description is destroyed here
     * @param layouts of the arguments: source, weights if there are three, destination
     */
    Primitive(long description, long... layouts) {
      int[] roles =
          layouts.length == 2
              ? new int[] {SOURCE, DESTINATION}
              : new int[] {SOURCE, WEIGHTS, DESTINATION};
      try {
        MemorySegment created = arena.allocate(ADDRESS);
        check((int) PRIMITIVE.invokeExact(created, at(description)), "primitive_create");
        primitive = created.get(ADDRESS, 0);
        arguments = arena.allocate(ARGUMENT_BYTES * layouts.length, ADDRESS.byteAlignment());
        places = new MemorySegment[layouts.length];
        for (int i = 0; i < layouts.length; i++) {
          int status =
              (int) MEMORY.invokeExact(created, at(layouts[i]), ENGINE, MemorySegment.NULL);
          check(status, "memory_create");
          places[i] = created.get(ADDRESS, 0);
          arguments.set(JAVA_INT, ARGUMENT_BYTES * i, roles[i]);
          arguments.set(ADDRESS, ARGUMENT_BYTES * i + 8, places[i]);
        }
        check((int) DESTROY_DESCRIPTION.invokeExact(at(description)), "primitive_desc_destroy");
      } catch (Throwable e) {
        throw failed(e);
      }
    }

    /** Runs on matrices at these addresses, in the calling thread. */
    void run(long stream, long... addresses) {
      try {
        for (int i = 0; i < places.length; i++) {
          check((int) SET_PLACE.invokeExact(places[i], at(addresses[i])), "set_data_handle");
        }
        int status = (int) EXECUTE.invokeExact(primitive, at(stream), places.length, arguments);
        check(status, "primitive_execute");
      } catch (Throwable e) {
        throw failed(e);
      }
    }

    @Override
    public void close() {
      try {
        for (MemorySegment place : places) {
          check((int) DESTROY_MEMORY.invokeExact(place), "memory_destroy");
        }
        check((int) DESTROY_PRIMITIVE.invokeExact(primitive), "primitive_destroy");
      } catch (Throwable e) {
        throw failed(e);
      }
      arena.close();
    }
  }

  private static MemorySegment at(long address) {
    return MemorySegment.ofAddress(address);
  }

  private static RuntimeException failed(Throwable e) {
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  /**
   * @throws IllegalStateException if a call did not succeed
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

  private static MethodHandle returning(
      String name, MemoryLayout result, MemoryLayout... arguments) {
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
          "oneDNN does not load here ({}); products are made by ND4J and in Java.", e.toString());
      return null;
    }
  }

  private static InputStream resource(String file) throws IOException {
    String platform =
        System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64")
            ? "linux-x86_64"
            : "none";
    String jar = file.equals("libOpenCL.so.1") ? "opencl" : "dnnl";
    String path = "/org/bytedeco/%s/%s/%s".formatted(jar, platform, file);
    InputStream in = OneDnn.class.getResourceAsStream(path);
    if (in == null) {
      throw new FileNotFoundException("there is no " + path);
    }
    return in;
  }
}
