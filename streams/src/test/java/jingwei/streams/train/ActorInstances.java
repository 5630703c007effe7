package jingwei.streams.train;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorCell;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorRefWithCell;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.internal.adapter.ActorAdapter;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import scala.collection.Iterator;

/** The instances of our actors in an actor system, which Pekko shows to nobody. */
final class ActorInstances {
  private ActorInstances() {}

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
