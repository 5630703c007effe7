package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.Valid$;
import org.junit.jupiter.api.Test;

class KernelCheckTest {
  private final KernelCheck check = new KernelCheck();
  private final Config here = KernelCheck.configuration();

  @Test
  void nodesWithTheSameKernelsMayJoin() {
    assertTrue(isAccepted(KernelCheck.configuration()));
  }

  @Test
  void aNodeWithOtherKernelsOrWithoutAWordOfThemIsRefused() {
    assertFalse(isAccepted(ConfigFactory.parseMap(Map.of("jingwei.kernels", "others"))));
    assertFalse(isAccepted(ConfigFactory.empty()));
  }

  private boolean isAccepted(Config joining) {
    ConfigValidation validation = check.check(joining, here);
    return validation.equals(Valid$.MODULE$);
  }
}
