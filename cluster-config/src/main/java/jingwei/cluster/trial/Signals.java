package jingwei.cluster.trial;

import java.util.List;

/** Sends signals that Java cannot send itself. */
final class Signals {
  private Signals() {}

  /**
   * Sends a signal.
   *
   * @param name such as STOP
   * @throws jingwei.cluster.session.FaultException if it is not sent in time, or the process has
   *     ended
   */
  static void send(String name, ProcessHandle process) {
    Shell.run(List.of("kill", "-" + name, Long.toString(process.pid())));
  }
}
