package jingwei.architecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;

/** Leaves out the tests of all modules: folders of test classes, and jars of them. */
public final class WithoutTests implements ImportOption {
  private static final ImportOption FOLDERS = new ImportOption.DoNotIncludeTests();

  @Override
  public boolean includes(Location location) {
    return FOLDERS.includes(location) && !location.contains("-tests.jar");
  }
}
