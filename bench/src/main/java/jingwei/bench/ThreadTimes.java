package jingwei.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.TreeMap;

/** CPU time of the threads of this process, by what they do. */
final class ThreadTimes {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Seconds by thread, since the start of each. */
  private final Map<Long, Double> seconds = new TreeMap<>();

  private final Map<Long, String> groups = new TreeMap<>();

  private ThreadTimes() {}

  /** Reads the times of all threads that run now. */
  static ThreadTimes now() {
    ThreadTimes times = new ThreadTimes();
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null) {
        long id = thread.getThreadId();
        times.seconds.put(id, THREADS.getThreadCpuTime(id) / 1e9);
        times.groups.put(id, group(thread.getThreadName()));
      }
    }
    return times;
  }

  /** Seconds of each group since an earlier reading; a thread that has ended is not counted. */
  Map<String, Double> since(ThreadTimes before) {
    Map<String, Double> sums = new TreeMap<>();
    seconds.forEach(
        (thread, now) ->
            sums.merge(
                groups.get(thread), now - before.seconds.getOrDefault(thread, 0.0), Double::sum));
    return sums;
  }

  static String group(String thread) {
    if (thread.contains("jingwei.workers")) {
      return "workers";
    }
    if (thread.startsWith("jingwei-transport")) {
      return "transport";
    }
    if (thread.contains("remote-dispatcher") || thread.contains("artery")) {
      return "Artery";
    }
    if (thread.contains("dispatcher")) {
      return "control";
    }
    return thread.contains("aeron") || thread.contains("driver") ? "Aeron driver" : "other";
  }
}
