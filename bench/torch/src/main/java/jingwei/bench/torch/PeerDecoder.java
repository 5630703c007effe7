package jingwei.bench.torch;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The forward of the model; autograd does the rest. */
final class PeerDecoder {
  private static final double EPSILON = 1e-5;

  /** Weight of the loss that keeps the gates from sending everything to a few experts. */
  private static final double BALANCE = 0.01;

  /** Deviation of the noise on the gates' logits: softplus(0), where learned noise begins. */
  private static final double NOISE = Math.log(2);

  private final PeerShape shape;
  private final PeerWeights weights;
  private int usedExperts;
  private Tensor balance;

  PeerDecoder(PeerShape shape, PeerWeights weights) {
    this.shape = shape;
    this.weights = weights;
  }

  /** Mean cross-entropy of a batch, a scalar. */
  Tensor loss(Tensor tokens, Tensor targets) {
    usedExperts = 0;
    balance = torch.zeros(1);
    Tensor positions = weights.get("embedding.positions");
    Tensor x = torch.embedding(weights.get("embedding.words"), tokens).add(positions);
    for (int i = 0; i < shape.denseBlocks() + shape.mixtureBlocks(); i++) {
      String block = "blocks." + i + ".";
      x = x.add(attention(block, norm(block + "attention.norm", x)));
      Tensor normed = norm(block + "feedForward.norm", x);
      x =
          x.add(
              i < shape.denseBlocks()
                  ? feedForward(block + "feedForward.", normed)
                  : mixture(block, normed));
    }
    Tensor logits =
        full(torch.linear(cast(norm("output.norm", x)), cast(weights.get("embedding.words"))));
    return torch.cross_entropy_loss(logits.view(shape.tokens(), shape.vocabulary()), targets);
  }

  /**
   * The loss that is added so that experts are used evenly (Fedus et al. 2021, equation 4), from
   * the last forward, over all mixture blocks. Without it the gates settle on a few experts within
   * twenty steps.
   */
  Tensor balanceLoss() {
    return balance;
  }

  /** Experts that got a token in the last forward, over all mixture blocks. */
  int usedExperts() {
    return usedExperts;
  }

  private Tensor norm(String name, Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {shape.width()},
        new TensorOptional(weights.get(name + ".gain")),
        new TensorOptional(weights.get(name + ".bias")),
        EPSILON,
        true);
  }

  private Tensor attention(String block, Tensor x) {
    TensorVector parts = linear(block + "attention.queryKeyValue", x).chunk(3, -1);
    Tensor mixed =
        torch.scaled_dot_product_attention(
            byHead(parts.get(0)),
            byHead(parts.get(1)),
            byHead(parts.get(2)),
            new TensorOptional(),
            0.0,
            true,
            new DoubleOptional(),
            false);
    Tensor joined = mixed.transpose(1, 2).reshape(shape.rows(), shape.context(), shape.width());
    return full(linear(block + "attention.output", joined));
  }

  private Tensor byHead(Tensor x) {
    return x.view(shape.rows(), shape.context(), shape.heads(), shape.width() / shape.heads())
        .transpose(1, 2);
  }

  private Tensor feedForward(String prefix, Tensor x) {
    return full(linear(prefix + "down", torch.gelu(linear(prefix + "up", x), "tanh")));
  }

  /**
   * Learned top-1 gate with noise (Shazeer et al. 2017, Fedus et al. 2021): sorts by expert, runs
   * one feed-forward for each, and restores the order. Without noise, an untrained gate sends
   * everything to a few experts within twenty steps, which is fast and no mixture.
   */
  private Tensor mixture(String block, Tensor x) {
    Tensor flat = x.view(shape.tokens(), shape.width());
    Tensor logits = torch.linear(flat, weights.get(block + "gate"));
    Tensor noise = torch.randn_like(logits).mul(new Scalar(NOISE));
    Tensor scores = torch.softmax(logits.add(noise), 1, new ScalarTypeOptional());
    T_TensorTensor_T best = scores.max(1, false);
    Tensor expert = best.get1();
    Tensor order = torch.argsort(expert);
    Tensor counts = torch.bincount(expert, new TensorOptional(), shape.experts());
    long[] tokensOf = new long[shape.experts()];
    counts.data_ptr_long().get(tokensOf);
    Tensor share = counts.toType(ScalarType.Float).div(new Scalar((double) shape.tokens()));
    Tensor evenness = scores.mean(0).mul(share).sum();
    balance = balance.add(evenness.mul(new Scalar(BALANCE * shape.experts())));
    Tensor sorted = torch.index_select(flat, 0, order);
    TensorVector outputs = new TensorVector();
    long from = 0;
    for (int e = 0; e < tokensOf.length; e++) {
      if (tokensOf[e] > 0) {
        outputs.push_back(
            feedForward(block + "experts." + e + ".", sorted.narrow(0, from, tokensOf[e])));
        from += tokensOf[e];
        usedExperts++;
      }
    }
    Tensor gate = torch.index_select(best.get0(), 0, order).unsqueeze(1);
    Tensor weighted = torch.cat(outputs, 0).mul(gate);
    return torch
        .zeros_like(flat)
        .index_copy(0, order, weighted)
        .view(shape.rows(), shape.context(), shape.width());
  }

  private Tensor linear(String name, Tensor x) {
    return torch.linear(
        cast(x),
        cast(weights.get(name + ".weight")),
        new TensorOptional(cast(weights.get(name + ".bias"))));
  }

  private Tensor cast(Tensor x) {
    return shape.half() ? x.toType(ScalarType.BFloat16) : x;
  }

  private Tensor full(Tensor x) {
    return shape.half() ? x.toType(ScalarType.Float) : x;
  }
}
