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
 * How batches are filled, before the domains of the data are known.
 *
 * @param rows rows of a step
 * @param rowsPerMicroBatch rows that go through the model together
 * @param replicas logical replicas that share the rows of a step
 * @param context tokens of a row
 * @param domainsPerBatch how many domains a step trains; 0 for all
 * @param weights share of each domain in a batch, by name; 1 for a domain without one
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
    // What depends on no domain is refused at once.
    new BatchSettings(rows, rowsPerMicroBatch, replicas, context, 0, List.of());
  }

  /**
   * How batches are filled from domains of these names.
   *
   * @throws UserException if there are too few of them, or a weight is for none of them
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
