package jingwei.actors.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import jingwei.model.data.BatchRoutes;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.routing.RouteTable;

/**
 * The plan of a run with all that follows from it: decoder, owners and their sizes. Each node
 * builds its own.
 */
public final class PlannedModel {
  private final RunPlan plan;
  private final Decoder decoder;

  /** The stage of each owner. */
  private final int[] stages;

  /** Derives all from a plan; allocates no memory for tensors. */
  public PlannedModel(RunPlan plan) {
    this.plan = plan;
    this.decoder = new Decoder(plan.model().shape());
    this.stages = new int[decoder.owners().size()];
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      stages[decoder.ownerOf(stage)] = stage;
      for (int expert = 0; expert < decoder.stages().get(stage).experts().size(); expert++) {
        stages[decoder.ownerOf(stage, expert)] = stage;
      }
    }
  }

  /** The plan that all follows from. */
  public RunPlan plan() {
    return plan;
  }

  /** The decoder of the plan's shape. */
  public Decoder decoder() {
    return decoder;
  }

  /** One route table per RRE layer. */
  public List<RouteTable> routes() {
    return plan.model().routes();
  }

  /** Number of owners, dense stages and experts together. */
  public int numOwners() {
    return stages.length;
  }

  /**
   * An owner of weights.
   *
   * @param owner index among the decoder's owners, as in all methods below
   */
  public Owner owner(int owner) {
    return decoder.owners().get(owner);
  }

  /** The stage of an owner: its own, or the one that an expert belongs to. */
  public int stageOf(int owner) {
    return stages[owner];
  }

  /** The index of an expert within its layer; empty for a dense stage. */
  public OptionalInt expertOf(int owner) {
    return owner(owner).isExpert()
        ? OptionalInt.of(owner - decoder.ownerOf(stages[owner]) - 1)
        : OptionalInt.empty();
  }

  /** Number of weights of an owner. */
  public long elements(int owner) {
    return owner(owner).layout().length();
  }

  /** Bytes of an owner's weights. */
  public long bytes(int owner) {
    return elements(owner) * plan.model().type().bytes();
  }

  /** The owners of dense stages, in the order of the stages. */
  public List<Integer> denseOwners() {
    return IntStream.range(0, decoder.stages().size()).map(decoder::ownerOf).boxed().toList();
  }

  /** The owners that have a gradient of a step: dense stages and active experts, ascending. */
  public List<Integer> ownersOf(BatchRoutes routes) {
    List<Integer> owners = new ArrayList<>(denseOwners());
    for (int layer = 0; layer < routes.layers(); layer++) {
      int stage = decoder.stageOfLayer(layer);
      routes.active(layer).forEach(expert -> owners.add(decoder.ownerOf(stage, expert)));
    }
    Collections.sort(owners);
    return Collections.unmodifiableList(owners);
  }
}
