package jingwei.model.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The objects that oneDNN needs before it computes: layouts of matrices (memory descriptors),
 * descriptions of a product or a copy (primitive descriptors), and the primitives made of them.
 * Handles are addresses. The caller that creates a handle destroys it.
 */
@SuppressWarnings("restricted")
final class OneDnnPrimitives {
  /** Element types, as dnnl_data_type_t numbers them. */
  static final int BF16 = 2;

  static final int F32 = 3;

  /** Values of dnnl_engine_kind_t and dnnl_stream_flags_t. */
  private static final int CPU = 1;

  private static final int IN_ORDER = 1;

  /** Roles of arguments (DNNL_ARG values), and the size of a dnnl_exec_arg_t. */
  private static final int SOURCE = 1;

  private static final int DESTINATION = 17;
  private static final int WEIGHTS = 33;
  private static final long ARGUMENT_BYTES = 16;

  private static final MethodHandle STRIDED =
      OneDnn.function(
          "dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle DESTROY_LAYOUT =
      OneDnn.function("dnnl_memory_desc_destroy", ADDRESS);
  private static final MethodHandle LAYOUT_BYTES =
      OneDnn.returning("dnnl_memory_desc_get_size", JAVA_LONG, ADDRESS);
  private static final MethodHandle ATTRIBUTES =
      OneDnn.function("dnnl_primitive_attr_create", ADDRESS);
  private static final MethodHandle DESTROY_ATTRIBUTES =
      OneDnn.function("dnnl_primitive_attr_destroy", ADDRESS);
  private static final MethodHandle POST_OPS = OneDnn.function("dnnl_post_ops_create", ADDRESS);
  private static final MethodHandle DESTROY_POST_OPS =
      OneDnn.function("dnnl_post_ops_destroy", ADDRESS);
  private static final MethodHandle APPEND_SUM =
      OneDnn.function("dnnl_post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SET_POST_OPS =
      OneDnn.function("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
  private static final MethodHandle MATMUL =
      OneDnn.function(
          "dnnl_matmul_primitive_desc_create",
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle REORDER =
      OneDnn.function(
          "dnnl_reorder_primitive_desc_create",
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle DESTROY_DESCRIPTION =
      OneDnn.function("dnnl_primitive_desc_destroy", ADDRESS);
  private static final MethodHandle PRIMITIVE =
      OneDnn.function("dnnl_primitive_create", ADDRESS, ADDRESS);
  private static final MethodHandle DESTROY_PRIMITIVE =
      OneDnn.function("dnnl_primitive_destroy", ADDRESS);
  private static final MethodHandle EXECUTE =
      OneDnn.function("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle MEMORY =
      OneDnn.function("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle DESTROY_MEMORY =
      OneDnn.function("dnnl_memory_destroy", ADDRESS);
  private static final MethodHandle SET_PLACE =
      OneDnn.function("dnnl_memory_set_data_handle", ADDRESS, ADDRESS);
  private static final MethodHandle STREAM =
      OneDnn.function("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle DESTROY_STREAM =
      OneDnn.function("dnnl_stream_destroy", ADDRESS);
  private static final MemorySegment ENGINE = engine();

  private OneDnnPrimitives() {}

  private interface Call {
    int status() throws Throwable;
  }

  private interface Creation {
    int into(MemorySegment created) throws Throwable;
  }

  private static void call(String function, Call call) {
    try {
      OneDnn.check(call.status(), function);
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /** Calls a function and returns the handle that it writes into its first argument. */
  private static long create(String function, Creation creation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created = arena.allocate(ADDRESS);
      OneDnn.check(creation.into(created), function);
      return created.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /** Layout of a strided matrix; strides in elements. The caller destroys it. */
  static long layout(int type, long rows, long columns, long rowStride, long columnStride) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sizes = arena.allocateFrom(JAVA_LONG, rows, columns);
      MemorySegment strides = arena.allocateFrom(JAVA_LONG, rowStride, columnStride);
      return create(
          "memory_desc_create",
          created -> (int) STRIDED.invokeExact(created, 2, sizes, type, strides));
    }
  }

  static void destroyLayout(long layout) {
    call("memory_desc_destroy", () -> (int) DESTROY_LAYOUT.invokeExact(at(layout)));
  }

  /** Bytes of a matrix with this layout. */
  static long bytes(long layout) {
    try {
      return (long) LAYOUT_BYTES.invokeExact(at(layout));
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /** Description of a product c = a b, or c += a b; {@link Primitive} destroys it. */
  static long matmul(long a, long b, long c, boolean accumulate) {
    MemorySegment own =
        at(create("primitive_attr_create", created -> (int) ATTRIBUTES.invokeExact(created)));
    try {
      if (accumulate) {
        addToResult(own);
      }
      return create(
          "matmul_primitive_desc_create",
          created ->
              (int)
                  MATMUL.invokeExact(
                      created, ENGINE, at(a), at(b), MemorySegment.NULL, at(c), own));
    } finally {
      call("primitive_attr_destroy", () -> (int) DESTROY_ATTRIBUTES.invokeExact(own));
    }
  }

  private static void addToResult(MemorySegment attributes) {
    MemorySegment after =
        at(create("post_ops_create", created -> (int) POST_OPS.invokeExact(created)));
    call("post_ops_append_sum", () -> (int) APPEND_SUM.invokeExact(after, 1f, 0, 0));
    call("attr_set_post_ops", () -> (int) SET_POST_OPS.invokeExact(attributes, after));
    call("post_ops_destroy", () -> (int) DESTROY_POST_OPS.invokeExact(after));
  }

  /** Description of a copy into another layout and type; {@link Primitive} destroys it. */
  static long reorder(long from, long to) {
    return create(
        "reorder_primitive_desc_create",
        created ->
            (int)
                REORDER.invokeExact(created, at(from), ENGINE, at(to), ENGINE, MemorySegment.NULL));
  }

  /** A stream that runs calls one after the other. The caller destroys it. */
  static long newStream() {
    return create("stream_create", created -> (int) STREAM.invokeExact(created, ENGINE, IN_ORDER));
  }

  static void destroyStream(long stream) {
    call("stream_destroy", () -> (int) DESTROY_STREAM.invokeExact(at(stream)));
  }

  /** A primitive with the memory objects of its arguments. */
  static final class Primitive implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment primitive;
    private final MemorySegment arguments;
    private final MemorySegment[] places;

    /**
     * @param description consumed: the constructor destroys it
     * @param layouts of the arguments: source, weights if there are three, destination
     */
    Primitive(long description, long... layouts) {
      int[] roles =
          layouts.length == 2
              ? new int[] {SOURCE, DESTINATION}
              : new int[] {SOURCE, WEIGHTS, DESTINATION};
      primitive =
          at(
              create(
                  "primitive_create",
                  created -> (int) PRIMITIVE.invokeExact(created, at(description))));
      arguments = arena.allocate(ARGUMENT_BYTES * layouts.length, ADDRESS.byteAlignment());
      places = new MemorySegment[layouts.length];
      for (int i = 0; i < layouts.length; i++) {
        long layout = layouts[i];
        places[i] =
            at(
                create(
                    "memory_create",
                    created ->
                        (int) MEMORY.invokeExact(created, at(layout), ENGINE, MemorySegment.NULL)));
        arguments.set(JAVA_INT, ARGUMENT_BYTES * i, roles[i]);
        arguments.set(ADDRESS, ARGUMENT_BYTES * i + 8, places[i]);
      }
      call("primitive_desc_destroy", () -> (int) DESTROY_DESCRIPTION.invokeExact(at(description)));
    }

    /** Runs on matrices at these addresses, in the calling thread. */
    void run(long stream, long... addresses) {
      try {
        for (int i = 0; i < places.length; i++) {
          OneDnn.check((int) SET_PLACE.invokeExact(places[i], at(addresses[i])), "set_data_handle");
        }
        int status = (int) EXECUTE.invokeExact(primitive, at(stream), places.length, arguments);
        OneDnn.check(status, "primitive_execute");
      } catch (Throwable e) {
        throw OneDnn.failed(e);
      }
    }

    @Override
    public void close() {
      for (MemorySegment place : places) {
        call("memory_destroy", () -> (int) DESTROY_MEMORY.invokeExact(place));
      }
      call("primitive_destroy", () -> (int) DESTROY_PRIMITIVE.invokeExact(primitive));
      arena.close();
    }
  }

  private static MemorySegment at(long address) {
    return MemorySegment.ofAddress(address);
  }

  private static MemorySegment engine() {
    if (!OneDnn.isLoaded()) {
      return MemorySegment.NULL;
    }
    MethodHandle engine = OneDnn.function("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
    return at(create("engine_create", created -> (int) engine.invokeExact(created, CPU, 0L)));
  }
}
