package jingwei.actors.plan;

import java.util.List;
import java.util.Objects;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;

/**
 * The model of a run, without its weights.
 *
 * @param type element type of weights and activations
 * @param routes one route table per RRE layer
 * @param initialWeights the rule of the weights of experts that no source has
 */
public record ModelPlan(
    DecoderShape shape, ElementType type, List<RouteTable> routes, InitialWeights initialWeights) {
  /**
   * @throws IllegalArgumentException if the route tables are not those of the shape
   */
  public ModelPlan {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(initialWeights, "initialWeights");
    routes = List.copyOf(routes);
    int experts = shape.expertsPerBlock();
    if (routes.size() != shape.routedBlocks()
        || routes.stream().anyMatch(table -> table.numExperts() != experts)) {
      throw new IllegalArgumentException(
          "%s with %d route tables of %s experts"
              .formatted(
                  shape,
                  routes.size(),
                  routes.stream().map(RouteTable::numExperts).distinct().toList()));
    }
  }
}
