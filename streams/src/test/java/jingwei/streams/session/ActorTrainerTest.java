package jingwei.streams.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.streams.session.TinySession.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ActorTrainerTest {
  private static final int STEPS = 30;

  @Test
  void comesToTheBitsOfTheReference() {
    TinySession session =
        new TinySession(
            TinySession.shape(6, 2),
            TinySession.batches(1, 0),
            TinySession.rules(Clip.GLOBAL, 1, 0, 0));
    Outcome reference = session.throughReference(STEPS);
    Outcome actors = session.throughActors(STEPS, TinySession.settings(1, 1, Local.AERON));
    assertEquals(reference.results(), actors.results());
    assertEquals(reference.fingerprints(), actors.fingerprints());
  }
}
