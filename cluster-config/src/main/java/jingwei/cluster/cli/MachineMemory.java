package jingwei.cluster.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;

/** What the machine has and what this process has used of it. */
final class MachineMemory {
  /** Weight and two moments in single precision. */
  private static final long BYTES_PER_PARAMETER = 12;

  private MachineMemory() {}

  /** Refuses a model whose weights and moments alone are more than the machine has. */
  static void refuseTooLarge(DecoderShape shape) {
    long total = ParameterCount.of(shape).total();
    long available =
        ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    if (total > available / BYTES_PER_PARAMETER) {
      throw new UserException(
          "The model's weights and moments need %.1f GB, and the machine has %.1f GB; choose a smaller model ('jingwei config' counts it)."
              .formatted(total * (BYTES_PER_PARAMETER / 1e9), available / 1e9));
    }
  }

  /** Most memory that the process held at once, in bytes; 0 where the system does not say. */
  static long peakProcessBytes() {
    Path status = Path.of("/proc/self/status");
    try {
      if (Files.isReadable(status)) {
        for (String line : Files.readAllLines(status)) {
          if (line.startsWith("VmHWM:")) {
            return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
          }
        }
      }
    } catch (IOException unreadable) {
      return 0;
    }
    return 0;
  }
}
