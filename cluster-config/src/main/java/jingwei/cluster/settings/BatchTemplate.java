package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.whole;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;

/**
 * Settings of batches, without the domains of the data.
 *
 * @param rows rows per step
 * @param rowsPerMicroBatch rows per micro-batch
 * @param replicas logical replicas that share the rows of a step
 * @param context tokens per row
 * @param domainsPerBatch domains per step; 0 for all
 * @param weights relative share of each domain in a batch, by name; 1 if not given
 */
public record BatchTemplate(
    int rows,
    int rowsPerMicroBatch,
    int replicas,
    int context,
    int domainsPerBatch,
    Map<String, Double> weights) {

  /**
   * @throws UserException if the sizes do not fit together
   */
  public BatchTemplate {
    weights = Map.copyOf(weights);
    sizes(rows, rowsPerMicroBatch, replicas, context); // checks all that needs no domains
  }

  /** The same without domains. */
  BatchSettings sizes() {
    return sizes(rows, rowsPerMicroBatch, replicas, context);
  }

  private static BatchSettings sizes(int rows, int rowsPerMicroBatch, int replicas, int context) {
    return new BatchSettings(rows, rowsPerMicroBatch, replicas, context, 0, List.of());
  }

  /**
   * The batch settings for domains of these names.
   *
   * @throws UserException if there are too few domains, or a weight names an unknown one
   */
  public BatchSettings of(List<String> domains) {
    for (String name : weights.keySet()) {
      if (!domains.contains(name)) {
        throw new UserException(
            "data.weights names the domain '%s', which the data does not have; it has %s."
                .formatted(name, String.join(", ", domains)));
      }
    }
    return new BatchSettings(
        rows,
        rowsPerMicroBatch,
        replicas,
        context,
        domainsPerBatch,
        domains.stream().map(domain -> weights.getOrDefault(domain, 1.0)).toList());
  }

  static BatchTemplate of(Config config) {
    Map<String, Double> weights = new TreeMap<>();
    Config given = config.getConfig("data.weights");
    given
        .root()
        .keySet()
        .forEach(name -> weights.put(name, given.getDouble(ConfigUtil.quoteString(name))));
    return new BatchTemplate(
        whole(config, "batch.rows"),
        whole(config, "batch.rowsPerMicroBatch"),
        whole(config, "replicas"),
        whole(config, "model.context"),
        whole(config, "domainsPerBatch"),
        weights);
  }
}
