package jingwei.bench;

import jingwei.model.decoder.DecoderShape;

public final class StepBenchmark {
  public static void main(String[] arguments) {
    DecoderShape dense = new DecoderShape(8192, 256, 384, 6, 1536, 6, 0, 0, 0, false);
    DecoderShape demo = new DecoderShape(4096, 256, 192, 3, 768, 2, 2, 4, 8, true);
    for (DecoderShape shape : new DecoderShape[] {dense, demo}) {
      try (StepCase step = new StepCase(shape, 8)) {
        step.run(3);
        step.takeKernelSeconds();
        for (int i = 0; i < 4; i++) {
          double tps = step.run(4);
          step.takeKernelSeconds().forEach((k, v) -> System.out.printf("%s %.0f ms  ", k, v * 250));
          System.out.printf(
              "%.0f tok/s %.1f GFLOP/s %d MB%n",
              tps, tps * step.productFlopPerToken() / 1e9, step.memoryBytes() >> 20);
        }
      }
    }
  }
}
