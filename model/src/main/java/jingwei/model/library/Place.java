package jingwei.model.library;

import java.io.IOException;
import java.nio.file.Path;

/** A folder where libraries may be kept. Whether it can be used shows when it is. */
interface Place {
  /** As it is called in messages. */
  String name();

  /**
   * The folder, which need not be there yet.
   *
   * @throws IOException if there can be none
   */
  Path folder() throws IOException;

  /** Called when a library was unpacked there. */
  default void keep(Path unpacked, Iterable<String> files) {}

  /** A folder of which only this user is expected to know. */
  record Fixed(Path folder) implements Place {
    @Override
    public String name() {
      return folder.toString();
    }
  }
}
