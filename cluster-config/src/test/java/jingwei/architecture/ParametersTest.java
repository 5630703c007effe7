package jingwei.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.settings.ActorSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.ParameterLimit;
import jingwei.model.UserException;
import jingwei.streams.batch.StreamFeed;
import org.junit.jupiter.api.Test;

/** Constructors, records and factories have at most seven parameters. */
class ParametersTest {
  @Test
  void noConstructorRecordOrFactoryHasMoreThanSevenParameters() throws IOException {
    List<String> found = new ArrayList<>();
    for (Class<?> oneOfModule :
        List.of(UserException.class, ActorSettings.class, StreamFeed.class, RunSettings.class)) {
      found.addAll(ParameterLimit.exceeding(oneOfModule));
    }
    assertEquals(List.of(), found);
  }
}
