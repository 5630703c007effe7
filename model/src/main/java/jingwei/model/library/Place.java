package jingwei.model.library;

import java.io.IOException;
import java.nio.file.Path;

/** A folder where libraries may be kept. Only its use shows whether it works. */
interface Place {
  /** The name used in messages. */
  String name();

  /**
   * The folder, which may not exist yet.
   *
   * @throws IOException if no such folder can exist
   */
  Path folder() throws IOException;

  /** Called after a library was unpacked there. */
  default void keep(Path unpacked, Iterable<String> files) {}

  /** A folder at a fixed path, expected to be known to this user only. */
  record Fixed(Path folder) implements Place {
    @Override
    public String name() {
      return folder.toString();
    }
  }
}
