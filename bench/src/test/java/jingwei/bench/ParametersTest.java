package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import jingwei.model.ParameterLimit;
import org.junit.jupiter.api.Test;

class ParametersTest {
  @Test
  void noConstructorRecordOrFactoryHasMoreThanSevenParameters() throws IOException {
    assertEquals(List.of(), ParameterLimit.exceeding(Main.class));
  }
}
