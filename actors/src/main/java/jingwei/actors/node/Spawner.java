package jingwei.actors.node;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;

/** Starts an actor of a node, which the node watches. */
interface Spawner {
  <T> ActorRef<T> spawn(String name, Behavior<T> behavior, DispatcherSelector dispatcher);
}
