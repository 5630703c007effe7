package jingwei.cluster.session;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the machine can still give, and what this process has used of it. */
public final class MachineMemory {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final List<BufferPoolMXBean> BUFFERS =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

  private MachineMemory() {}

  /** Memory that the process can still get without swapping, as far as the system says. */
  public static long availableBytes() {
    long available = kibibytes("/proc/meminfo", "MemAvailable:");
    // The bean knows of a container's limit, and not of caches that can be given up.
    return available == 0
        ? SYSTEM.getFreeMemorySize()
        : Math.min(available, SYSTEM.getTotalMemorySize());
  }

  /** Most memory that the process held at once, in bytes; 0 where the system does not say. */
  public static long peakProcessBytes() {
    return kibibytes("/proc/self/status", "VmHWM:");
  }

  /** Direct and mapped buffers of this JVM, Aeron's logs among them; tensors are not. */
  static long bufferBytes() {
    return BUFFERS.stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
  }

  private static long kibibytes(String file, String line) {
    Path path = Path.of(file);
    try {
      if (Files.isReadable(path)) {
        for (String each : Files.readAllLines(path)) {
          if (each.startsWith(line)) {
            return Long.parseLong(each.replaceAll("\\D", "")) * 1024;
          }
        }
      }
    } catch (IOException unreadable) {
      return 0;
    }
    return 0;
  }
}
