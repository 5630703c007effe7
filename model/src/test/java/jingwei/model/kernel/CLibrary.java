package jingwei.model.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C heap, and signals for single threads. */
@SuppressWarnings("restricted")
final class CLibrary {
  /** The JVM does not use this signal. */
  private static final int SIGUSR1 = 10;

  private static final MethodHandle MALLOC =
      function("malloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
  private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle SIGNAL =
      function("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
  private static final MethodHandle SELF =
      function("pthread_self", FunctionDescriptor.of(JAVA_LONG));
  private static final MethodHandle KILL =
      function("pthread_kill", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));

  private CLibrary() {}

  static MemorySegment malloc(long bytes) {
    try {
      MemorySegment block = (MemorySegment) MALLOC.invokeExact(bytes);
      return block.reinterpret(bytes);
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  static void free(MemorySegment block) {
    try {
      FREE.invokeExact(block);
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /**
   * Makes the signal of {@link #signal} call {@code abs}, which touches no memory. A signal handler
   * must not call a Java method.
   */
  static void catchSignals() {
    MemorySegment handler = Linker.nativeLinker().defaultLookup().findOrThrow("abs");
    try {
      MemorySegment before = (MemorySegment) SIGNAL.invokeExact(SIGUSR1, handler);
      if (before.address() == -1) {
        throw new IllegalStateException("no handler of signals");
      }
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /** The calling thread, as {@link #signal} takes it. */
  static long thread() {
    try {
      return (long) SELF.invokeExact();
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  /**
   * @param thread a thread that has not ended
   */
  static void signal(long thread) {
    try {
      OneDnn.check((int) KILL.invokeExact(thread, SIGUSR1), "pthread_kill");
    } catch (Throwable e) {
      throw OneDnn.failed(e);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
