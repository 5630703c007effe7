package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.settings.NodeSettings;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

/** Every key is read into its own place: each has a value that no other has. */
class RunSettingsTest {
  private static final List<String> VALUES =
      List.of(
          "seed=101",
          "steps=102",
          "minutes=0.5",
          "name=some",
          "model.vocabulary=1103",
          "model.context=104",
          "model.width=105",
          "model.heads=3",
          "model.innerWidth=106",
          "model.denseBlocks=2",
          "model.routedBlocks=4",
          "model.expertsPerDomain=5",
          "model.queryLayer=false",
          "domains=6",
          "route.mode=greedy",
          "data.sources=[\"x=y\"]",
          "data.heldOut=0.07",
          "data.fileOrder=path",
          "data.partBytes=9000",
          "data.onRejected=stop",
          "data.maxRejectedShare=0.2",
          "data.deadline=11 minutes",
          "data.weights.x=1.5",
          "data.domains=[p, q]",
          "tokenizer.file=t.json",
          "tokenizer.trainingBytes=12345",
          "batch.rows=24",
          "batch.rowsPerMicroBatch=8",
          "replicas=3",
          "domainsPerBatch=7",
          "precision=bf16",
          "clip=per-owner",
          "optimizer.beta1=0.81",
          "optimizer.beta2=0.951",
          "optimizer.epsilon=1e-7",
          "optimizer.expertEpsilon=1e-19",
          "optimizer.weightDecay=0.11",
          "optimizer.clipNorm=1.2",
          "optimizer.inactive=catch-up",
          "optimizer.clock=updates",
          "spike.action=skip",
          "spike.window=13",
          "spike.deviations=9.5",
          "spike.mostRefused=14",
          "learningRate.shape=wsd",
          "learningRate.peak=0.003",
          "learningRate.end=0.0002",
          "learningRate.warmupSteps=15",
          "learningRate.decayShare=0.3",
          "checkpoint.every=16",
          "checkpoint.keep=17",
          "checkpoint.copies=2",
          "evaluation.every=18",
          "evaluation.tokensPerDomain=19",
          "device.memory=2000",
          "host.memory=2100",
          "trainer=reference",
          "lanes=22",
          "inFlight=23",
          "recompute=true",
          "lookahead=25",
          "deadline=26 s",
          "transport.local=handover",
          "transport.termBytes=33554432",
          "transport.partBytes=2097152",
          "transport.folder=somewhere",
          "ecss.link.bandwidth=1.25 GB",
          "ecss.link.latency=30 us");

  @Test
  void readsEveryKeyIntoItsOwnPlace() {
    RunSettings settings = settings("delay=27");
    assertEquals(
        "ModelSettings[vocabulary=1103, context=104, sizes=Sizes[width=105, "
            + "heads=3, innerWidth=106], stack=Stack[denseBlocks=2, routedBlocks=4, "
            + "queryLayer=false], expertsPerDomain=5, domains=6, routeMode=GREEDY]",
        settings.model().toString());
    assertEquals(
        "DataSettings[sources=[x=y], "
            + "files=SourceSettings[heldOut=HeldOut[share=0.07], "
            + "maxLineBytes=67108864, textCutBytes=65536, onRejected=STOP, "
            + "maxRejectedShare=0.2, order=PATH], partBytes=9000, deadline=PT11M, "
            + "tokenizer=TokenizerSettings[file=t.json, trainingBytes=12345], "
            + "live=LiveSettings[isLive=false, domains=[p, q]]]",
        settings.data().toString());
    assertEquals(
        "BatchTemplate[rows=24, rowsPerMicroBatch=8, replicas=3, context=104, "
            + "domainsPerBatch=7, weights={x=1.5}]",
        settings.batch().toString());
    assertEquals(
        "OptimizerSettings[rules=StepRules[adam=AdamSettings[moments=Moments[beta1=0.81, "
            + "beta2=0.951, epsilon=1.0E-7, expertEpsilon=1.0E-19], "
            + "weightDecay=0.11, clipping=Clipping[clip=PER_OWNER, norm=1.2], "
            + "experts=ExpertRules[inactive=CATCH_UP, clock=UPDATES]], replicas=3, "
            + "delay=27, bound=0, spikes=SpikeRule[action=SKIP, window=13, "
            + "deviations=9.5, mostRefused=14], precision=BF16, order=FIXED], "
            + "learningRate=LearningRate[shape=WSD, peak=0.003, end=2.0E-4, "
            + "warmupSteps=15, steps=102, decayShare=0.3]]",
        settings.optimizer().toString());
    assertEquals(
        "DeviceSettings[memoryBytes=2000, hostMemoryBytes=2100]", settings.device().toString());
    assertEquals(
        "CheckpointSettings[every=16, keep=17, copies=2, evaluationEvery=18, "
            + "evaluationTokens=19]",
        settings.checkpoint().toString());
    assertEquals(
        "TrainingSessionSettings[seed=101, minutes=0.5, name=some, "
            + "throughActors=false, actors=ActorSettings[workers=22, inFlight=23, "
            + "recompute=true, lookahead=25, deadline=PT26S, "
            + "transport=TransportSettings[local=HANDOVER, termBytes=33554432, "
            + "partBytes=2097152, deadlineMillis=26000, folder=somewhere, "
            + "link=LinkSettings[toDevice=LinkSpeed[bytesPerSecond=1250000000, latencyNanos=30000], "
            + "toHost=LinkSpeed[bytesPerSecond=1250000000, latencyNanos=30000]]]], "
            + "nodes=NodeSettings[devices=0, hosts=0], dealsCores=false]",
        settings.session().toString());
  }

  @Test
  void dividesTheCoresUnlessANumberOfWorkersIsGiven() {
    assertTrue(settings("lanes=auto", "delay=27").session().dealsCores());
  }

  @Test
  void tellsDelayFromBound() {
    assertEquals(27, settings("delay=27").optimizer().rules().delay());
    assertEquals(0, settings("delay=27").optimizer().rules().bound());
    assertEquals(28, settings("bound=28").optimizer().rules().bound());
    assertEquals(0, settings("bound=28").optimizer().rules().delay());
  }

  @Test
  void tellsDevicesFromHosts() {
    RunSettings settings = settings("delay=27", "trainer=actors", "devices=2", "hosts=29");
    assertEquals(new NodeSettings(2, 29), settings.session().nodes());
  }

  @Test
  void dealsOutTheProcessors() {
    int processors = Runtime.getRuntime().availableProcessors();
    for (int devices = 0; devices <= 3; devices++) {
      assertEquals(
          Math.max(1, devices == 0 ? processors : processors / devices),
          settings("delay=27", "trainer=actors", "lanes=auto", "devices=" + devices)
              .session()
              .actors()
              .workers());
    }
  }

  @Test
  void refusesNodesThatCannotWorkInOneSentence() {
    refuses("devices = 4 is above replicas = 3", "delay=27", "trainer=actors", "devices=4");
    refuses("bound = 28 works with one device", "bound=28", "trainer=actors", "devices=2");
    refuses("trainer = reference", "delay=27", "devices=2");
    refuses("trainer = reference", "delay=27", "hosts=1");
    refuses("devices = -1 must lie between 0 and 63", "delay=27", "devices=-1");
    refuses("hosts = 64 must lie between 0 and 63", "delay=27", "hosts=64");
    assertEquals(
        new NodeSettings(1, 2),
        settings("bound=28", "trainer=actors", "devices=1", "hosts=2").session().nodes());
  }

  private static void refuses(String beginning, String... more) {
    String message = assertThrows(UserException.class, () -> settings(more)).getMessage();
    assertTrue(message.startsWith(beginning) && message.endsWith("."), message);
  }

  private static RunSettings settings(String... more) {
    List<String> values = new ArrayList<>(VALUES);
    values.addAll(List.of(more));
    return RunSettings.of(Configuration.resolve("demo", null, values));
  }
}
