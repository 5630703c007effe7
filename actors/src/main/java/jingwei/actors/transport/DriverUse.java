package jingwei.actors.transport;

/**
 * Decides when a driver ends for want of clients. Times are milliseconds of the clock that file
 * systems use.
 */
final class DriverUse {
  private final long idleMillis;
  private long lastUseMillis;

  /**
   * @param idleMillis time without use after which the driver ends
   * @param startMillis when the driver started
   */
  DriverUse(long idleMillis, long startMillis) {
    this.idleMillis = idleMillis;
    this.lastUseMillis = startMillis;
  }

  /**
   * Whether the driver was not in use for long.
   *
   * @param clients number of clients now
   * @param lastNeededMillis when a node last needed the driver; its client may come later
   */
  boolean isOver(int clients, long lastNeededMillis, long nowMillis) {
    lastUseMillis = Math.max(lastUseMillis, clients > 0 ? nowMillis : lastNeededMillis);
    return nowMillis - lastUseMillis >= idleMillis;
  }
}
