package jingwei.bench.torch;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains on request. First it reads threads, shape, optimizer and weights. Each request that
 * follows is a number of steps, with the tokens and targets of each step. The answer is the loss of
 * each step, the nanoseconds of all of them, and the number of experts used in the last one. A
 * request of zero steps ends the process.
 */
public final class TorchPeer {
  private TorchPeer() {}

  /** Standard output carries only the answers; all other output goes to standard error. */
  public static void main(String[] arguments) throws IOException {
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    System.setOut(System.err);
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    torch.set_num_threads(in.readInt());
    PeerShape shape = PeerShape.read(in);
    FusedAdamW.Settings settings =
        new FusedAdamW.Settings(
            in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
    PeerWeights weights = PeerWeights.read(in);
    addGates(shape, weights);
    PeerDecoder decoder = new PeerDecoder(shape, weights);
    FusedAdamW adam = new FusedAdamW(weights, settings);
    out.writeInt(torch.get_num_threads());
    out.flush();
    for (int steps = in.readInt(); steps > 0; steps = in.readInt()) {
      long[][] tokens = new long[steps][];
      long[][] targets = new long[steps][];
      for (int i = 0; i < steps; i++) {
        tokens[i] = read(in, shape.tokens());
        targets[i] = read(in, shape.tokens());
      }
      double[] losses = new double[steps];
      long start = System.nanoTime();
      for (int i = 0; i < steps; i++) {
        losses[i] = step(shape, decoder, adam, tokens[i], targets[i]);
      }
      long nanos = System.nanoTime() - start;
      for (double loss : losses) {
        out.writeDouble(loss);
      }
      out.writeLong(nanos);
      out.writeInt(decoder.usedExperts());
      out.flush();
    }
  }

  private static double step(
      PeerShape shape, PeerDecoder decoder, FusedAdamW adam, long[] tokens, long[] targets) {
    try (PointerScope _ = new PointerScope()) {
      Tensor loss =
          decoder.loss(
              torch.tensor(tokens).view(shape.rows(), shape.context()), torch.tensor(targets));
      (shape.mixtureBlocks() > 0 ? loss.add(decoder.balanceLoss().sum()) : loss).backward();
      adam.step();
      return loss.item_double();
    }
  }

  /** Adds gates, which only the peer has: it learns its routes. */
  private static void addGates(PeerShape shape, PeerWeights weights) {
    torch.manual_seed(1);
    for (int i = 0; i < shape.mixtureBlocks(); i++) {
      Tensor gate = torch.randn(shape.experts(), shape.width());
      weights.add(
          "blocks." + (shape.denseBlocks() + i) + ".gate", gate.mul(new Scalar(0.02)).detach());
    }
  }

  private static long[] read(DataInputStream in, int n) throws IOException {
    long[] values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = in.readInt();
    }
    return values;
  }
}
