package jingwei.actors.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.Test;

class CountedKernelsTest {
  /** Every kernel is called once with its own arguments, and counted when it has ended. */
  @Test
  void callsEveryKernelAndCountsIt() throws Exception {
    List<String> called = new ArrayList<>();
    List<Object> given = new ArrayList<>();
    Progress progress = new Progress();
    Kernels inner =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                  called.add(method.getName());
                  given.clear();
                  given.addAll(arguments == null ? List.of() : Arrays.asList(arguments));
                  assertEquals(Math.max(0, called.size() - 1), progress.count() + skipped(called));
                  return method.getReturnType() == double.class
                      ? (Object) 7.5
                      : method.getReturnType() == String.class ? "print" : null;
                });
    Kernels counted = new CountedKernels(inner, progress);
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      for (Method kernel : Kernels.class.getMethods()) {
        Object[] arguments = new Object[kernel.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
          arguments[i] = argument(kernel.getParameterTypes()[i], i, memory);
        }
        kernel.invoke(counted, arguments);
        assertEquals(kernel.getName(), called.getLast());
        assertEquals(Arrays.asList(arguments), given, kernel.getName());
      }
    }
    assertEquals(called.size() - 1, progress.count(), "the fingerprint is no kernel");
  }

  private static int skipped(List<String> called) {
    return called.subList(0, called.size() - 1).contains("fingerprint") ? 1 : 0;
  }

  private static Object argument(Class<?> type, int i, NativeMemory memory) {
    if (type == Matrix.class) {
      return memory.matrix(ElementType.FLOAT32, 1, 1 + i);
    }
    if (type == int.class) {
      return i;
    }
    if (type == double.class) {
      return i + 0.5;
    }
    if (type == boolean.class) {
      return i % 2 == 0;
    }
    return type == int[].class ? new int[] {i} : type == double[].class ? new double[] {i} : null;
  }
}
