package jingwei.cluster.session;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Memory that the machine has available, and memory that this process uses. */
public final class MachineMemory {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final List<BufferPoolMXBean> BUFFERS =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

  private MachineMemory() {}

  /** Memory in bytes that the process can allocate without swapping, as the system estimates it. */
  public static long availableBytes() {
    long available = kibibytes("/proc/meminfo", "MemAvailable:");
    // The bean respects a container's limit but does not count reclaimable caches as free.
    return available == 0
        ? SYSTEM.getFreeMemorySize()
        : Math.min(available, SYSTEM.getTotalMemorySize());
  }

  /** Peak resident memory of the process, in bytes; 0 if the system does not report it. */
  public static long peakProcessBytes() {
    return kibibytes("/proc/self/status", "VmHWM:");
  }

  /** Bytes of direct and mapped buffers of this JVM, including Aeron's logs but not tensors. */
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
