package jingwei.streams.train;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.node.NodeResources;
import jingwei.actors.train.ActorTrainer;
import org.apache.pekko.actor.ActorCell;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorRefWithCell;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.internal.adapter.ActorAdapter;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import scala.collection.Iterator;

/** The instances of our actors in an actor system; Pekko does not expose them. */
final class ActorInstances {
  private ActorInstances() {}

  /** The actor systems of a trainer. */
  static List<ActorSystem<?>> systems(ActorTrainer trainer) {
    List<ActorSystem<?>> systems = new ArrayList<>();
    for (Object system : (List<?>) field("systems", field("nodes", trainer))) {
      systems.add((ActorSystem<?>) system);
    }
    return systems;
  }

  /** What each node of a trainer has; its counts go on until the trainer is closed. */
  static List<NodeResources> nodesOf(ActorTrainer trainer) {
    return systems(trainer).stream()
        .flatMap(system -> of(system).stream())
        .filter(NodeGuardian.class::isInstance)
        .map(guardian -> (NodeResources) field("resources", guardian))
        .toList();
  }

  private static Object field(String name, Object holder) {
    try {
      return ReachedObjects.value(holder.getClass().getDeclaredField(name), holder);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All below the guardian of the system, and the guardian. */
  static List<Object> of(ActorSystem<?> system) {
    List<Object> found = new ArrayList<>();
    ExtendedActorSystem classic = (ExtendedActorSystem) Adapter.toClassic(system);
    collect(classic.guardian(), found);
    return found;
  }

  private static void collect(ActorRef actor, List<Object> found) {
    if (!(actor instanceof ActorRefWithCell ref)) {
      return;
    }
    if (ref.underlying() instanceof ActorCell cell
        && cell.actor() instanceof ActorAdapter<?> adapter) {
      unwrap(adapter.currentBehavior(), found);
    }
    for (Iterator<ActorRef> children = ref.children().iterator(); children.hasNext(); ) {
      collect(children.next(), found);
    }
  }

  /** Timers and other features of Pekko wrap the behavior of an actor. */
  private static void unwrap(Behavior<?> behavior, List<Object> found) {
    if (behavior.getClass().getName().startsWith("jingwei.")) {
      found.add(behavior);
      return;
    }
    for (Field field : behavior.getClass().getDeclaredFields()) {
      if (Behavior.class.isAssignableFrom(field.getType())) {
        unwrap((Behavior<?>) ReachedObjects.value(field, behavior), found);
      }
    }
  }
}
