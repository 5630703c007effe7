package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.rules;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.model.SeededRandom;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * In every order of messages, each expert that is needed gets a slot, and no slot is given twice.
 */
class ResidencySimulationTest {
  private static final int RUNS = 150;

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "0, 1", "0, 2"})
  void everyExpertThatIsNeededGetsASlotOfItsOwn(int delay, int bound) {
    int revokes = 0;
    for (int seed = 0; seed < RUNS; seed++) {
      SeededRandom random = SeededRandom.of(seed, "run");
      SimulatedDevice device =
          new SimulatedDevice(
              new SimulatedRun(
                  seed,
                  1 + random.nextInt(8),
                  random.nextInt(4),
                  rules(delay, bound),
                  new SimulatedRun.Load(
                      6,
                      1 + random.nextInt(4),
                      1 + random.nextInt(3),
                      1 + random.nextInt(4),
                      1 + random.nextInt(4),
                      false,
                      random.nextInt(2) == 0)));
      device.run();
      revokes += device.revokes();
    }
    assertTrue(revokes > RUNS, "hardly ever short of slots");
  }

  @Test
  void oneSlotIsEnough() {
    for (int seed = 0; seed < RUNS; seed++) {
      SimulatedRun.Load load = new SimulatedRun.Load(5, 3, 3, 3, 4, false, false);
      new SimulatedDevice(new SimulatedRun(seed, 1, 1, rules(0, 0), load)).run();
    }
  }

  @Test
  void noExpertWaitsIfTwoSetsFitAndStepsShareNoExpert() {
    for (int seed = 0; seed < RUNS; seed++) {
      SimulatedDevice device = alternating(seed, 4, 1);
      device.run();
      assertEquals(0, device.waits());
      assertEquals(0, device.revokes());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 150", "2, 1, 1", "4, 0, 150"})
  void someExpertWaitsIfLessFitsOrNothingIsPrefetched(int halfSets, int lookahead, int least) {
    int waits = 0;
    for (int seed = 0; seed < RUNS; seed++) {
      SimulatedDevice device = alternating(seed, halfSets, lookahead);
      device.run();
      waits += device.waits();
    }
    assertTrue(waits >= least, waits + " waits");
  }

  private static SimulatedDevice alternating(int seed, int halfSets, int lookahead) {
    StepRules rules = rules(0, 0);
    SimulatedRun.Load load = new SimulatedRun.Load(6, 3, 2, 6, 3, true, true);
    SimulatedRun run = new SimulatedRun(seed, 1, lookahead, rules, load);
    int slots = halfSets * run.largestSet() / 2;
    return new SimulatedDevice(new SimulatedRun(seed, slots, lookahead, rules, load));
  }
}
