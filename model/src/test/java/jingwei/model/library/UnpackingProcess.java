package jingwei.model.library;

import java.nio.file.Path;
import java.util.List;

/** A separate process that unpacks the same libraries as others, in the same order. */
final class UnpackingProcess {
  private UnpackingProcess() {}

  /**
   * @param arguments the folder, and how many libraries
   */
  public static void main(String[] arguments) throws Exception {
    List<Place> places = List.of(new Place.Fixed(Path.of(arguments[0])));
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      TinyLibrary.assertHolds(
          LibraryFolder.unpack(places, "lib-" + i, TinyLibrary.FILES, TinyLibrary::open));
    }
  }
}
