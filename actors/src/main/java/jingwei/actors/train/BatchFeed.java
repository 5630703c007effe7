package jingwei.actors.train;

import java.util.List;
import java.util.function.Consumer;
import jingwei.actors.progress.Progress;
import jingwei.model.data.Batch;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.actor.typed.ActorSystem;

/** Where a session's batches come from. */
public interface BatchFeed {
  /**
   * Starts to feed a session: {@link TrainingSession.Connect} once, then {@link
   * TrainingSession.Offer} for each batch, when the session asked for it.
   *
   * @param session guardian of the system
   * @param routes tables of the RRE layers
   * @param progress counts what gets done
   * @param take receives each batch before its step is offered
   */
  void start(
      ActorSystem<TrainingSession.Command> session,
      List<RouteTable> routes,
      Progress progress,
      Consumer<Batch> take);
}
