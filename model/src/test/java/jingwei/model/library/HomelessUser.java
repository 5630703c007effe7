package jingwei.model.library;

import java.io.ByteArrayInputStream;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/** A separate process that prints where it and JavaCPP would unpack a library. */
final class HomelessUser {
  private HomelessUser() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(
        LibraryFolder.unpack(
            "lib-1", List.of("a.so"), _ -> new ByteArrayInputStream(new byte[] {1})));
    JavaCppFolder.choose();
    System.out.println(Loader.getCacheDir());
  }
}
