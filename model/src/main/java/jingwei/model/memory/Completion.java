package jingwei.model.memory;

/** Tells when a copy is done. Belongs to the thread that started the copy. */
public interface Completion {
  /** Whether the copy is done; returns at once. */
  boolean isDone();

  /**
   * Waits until the copy is done.
   *
   * @throws IllegalStateException if the copy failed
   */
  void await();
}
