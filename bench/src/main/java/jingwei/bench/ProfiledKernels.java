package jingwei.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import jingwei.model.kernel.Kernels;
import jingwei.model.memory.Matrix;

/** Kernels that add up the time spent in each of them; a call costs about a microsecond more. */
final class ProfiledKernels {
  private final Map<String, LongAdder> nanos = new LinkedHashMap<>();
  private final Kernels kernels;

  ProfiledKernels(Kernels measured) {
    kernels =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> timed(measured, method, arguments));
  }

  Kernels kernels() {
    return kernels;
  }

  /** Seconds in each kernel since the last call. */
  Map<String, Double> takeSeconds() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    nanos.forEach((name, sum) -> seconds.put(name, sum.sumThenReset() / 1e9));
    return seconds;
  }

  /** Products are named by their shape: rows x columns x depth, T for a transposed side. */
  private static String name(Method method, Object[] arguments) {
    if (!method.getName().equals("multiply")) {
      return method.getName();
    }
    Matrix a = (Matrix) arguments[0];
    Matrix c = (Matrix) arguments[4];
    boolean transposeA = (boolean) arguments[1];
    return "multiply %s x %s x %s %s%s"
        .formatted(
            size(c.rows()),
            size(c.columns()),
            size(transposeA ? a.rows() : a.columns()),
            transposeA ? "T" : "N",
            (boolean) arguments[3] ? "T" : "N");
  }

  /** Small sizes share a name, because experts with few tokens have every size. */
  private static String size(int n) {
    return n < 64 ? "few" : Integer.toString(n);
  }

  private Object timed(Kernels measured, Method method, Object[] arguments) throws Throwable {
    long start = System.nanoTime();
    try {
      return method.invoke(measured, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      nanos
          .computeIfAbsent(name(method, arguments), name -> new LongAdder())
          .add(System.nanoTime() - start);
    }
  }
}
