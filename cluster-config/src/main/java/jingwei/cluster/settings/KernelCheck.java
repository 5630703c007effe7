package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.kernel.Precision;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.JoinConfigCompatChecker;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Refuses a node whose kernels would compute other bits than those of the cluster that it wants to
 * join. Made by Pekko, by the name in {@code jingwei-cluster.conf}.
 */
public final class KernelCheck extends JoinConfigCompatChecker {
  private static final String KEY = "jingwei.kernels";

  /** Configuration that the node shows to the others: the kernels of both precisions. */
  static Config configuration() {
    CpuBackend backend = new CpuBackend();
    return ConfigFactory.parseMap(
        Map.of(
            KEY, backend.fingerprint(Precision.FP32) + "; " + backend.fingerprint(Precision.BF16)));
  }

  @Override
  public Seq<String> requiredKeys() {
    return CollectionConverters.asScala(List.of(KEY)).toList();
  }

  @Override
  public ConfigValidation check(Config toCheck, Config actual) {
    return JoinConfigCompatChecker.fullMatch(requiredKeys(), toCheck, actual);
  }
}
