package jingwei.actors.train;

import java.util.List;
import java.util.function.Consumer;
import jingwei.actors.progress.Progress;
import jingwei.model.data.Batch;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.actor.typed.ActorSystem;

/** The source of a session's batches. */
public interface BatchFeed {
  /**
   * Starts to feed a session. It gets {@link TrainingSession.Connect} once, then {@link
   * TrainingSession.Offer} for each batch that it asks for.
   *
   * @param session guardian of the system
   * @param routes tables of the RRE layers
   * @param progress counts completed work
   * @param take receives each batch before its step is offered
   */
  void start(
      ActorSystem<TrainingSession.Command> session,
      List<RouteTable> routes,
      Progress progress,
      Consumer<Batch> take);
}
