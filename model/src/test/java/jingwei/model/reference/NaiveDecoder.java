package jingwei.model.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.Matrix;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;

/**
 * An independent decoder in scalars, token by token, from the formulas of the reference notes. It
 * shares only the names of the weights with the layers.
 */
final class NaiveDecoder {
  private final Scalar.Tape tape = new Scalar.Tape();
  private final Map<String, Scalar[][]> weights = new HashMap<>();
  private final ModelState model;
  private final DecoderShape shape;

  NaiveDecoder(ModelState model) {
    this.model = model;
    this.shape = model.decoder().shape();
    for (OwnerState state : model.states()) {
      for (int i = 0; i < state.owner().layout().parameters().size(); i++) {
        Matrix values = state.weights().get(i);
        Scalar[][] scalars = new Scalar[values.rows()][values.columns()];
        for (int row = 0; row < values.rows(); row++) {
          for (int column = 0; column < values.columns(); column++) {
            scalars[row][column] = tape.constant(values.get(row, column));
          }
        }
        weights.put(
            state.owner().name() + "." + state.owner().layout().parameters().get(i).name(),
            scalars);
      }
    }
  }

  /** The gradient of a weight after {@link #meanLoss}. */
  double gradient(String name, int row, int column) {
    return weights.get(name)[row][column].gradient;
  }

  /** Computes the mean loss of the targets and all gradients. */
  double meanLoss(MicroBatch batch) {
    List<Scalar> losses = new ArrayList<>();
    for (int s = 0; s + 1 < batch.segments().length; s++) {
      losses.addAll(segmentLosses(batch, batch.segments()[s], batch.segments()[s + 1]));
    }
    Scalar mean = tape.scale(tape.sum(losses), 1.0 / losses.size());
    tape.backward(mean);
    return mean.value;
  }

  private List<Scalar> segmentLosses(MicroBatch batch, int from, int to) {
    List<Scalar[]> x = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Scalar[] word = weights.get("embedding.words")[batch.tokens()[i]];
      x.add(plus(word, weights.get("embedding.positions")[i - from]));
    }
    for (int b = 0; b < shape.blocks(); b++) {
      String name = "blocks." + b;
      x = attention(name, x, false);
      List<Scalar[]> next = new ArrayList<>();
      for (int i = 0; i < x.size(); i++) {
        Scalar[] normed = norm(name + ".feedForward.norm", x.get(i));
        String feedForward = name + ".feedForward";
        if (b >= shape.denseBlocks()) {
          int token = from + i;
          int expert =
              model
                  .routes()
                  .get(b - shape.denseBlocks())
                  .expert(batch.domains()[token], batch.tokens()[token]);
          feedForward = name + ".experts." + expert;
        }
        next.add(plus(x.get(i), feedForward(feedForward, normed)));
      }
      x = next;
    }
    x.replaceAll(row -> norm("output.norm", row));
    if (shape.queryLayer()) {
      x = attention("output", x, true);
      x.replaceAll(
          row ->
              plus(row, feedForward("output.feedForward", norm("output.feedForward.norm", row))));
    }
    List<Scalar> losses = new ArrayList<>();
    for (int i = 0; i < x.size(); i++) {
      int target = batch.targets()[from + i];
      if (target >= 0) {
        losses.add(loss(x.get(i), target));
      }
    }
    return losses;
  }

  private List<Scalar[]> attention(String name, List<Scalar[]> x, boolean fromPositions) {
    int width = shape.width();
    int headWidth = width / shape.heads();
    List<Scalar[]> q = new ArrayList<>();
    List<Scalar[]> k = new ArrayList<>();
    List<Scalar[]> v = new ArrayList<>();
    for (int i = 0; i < x.size(); i++) {
      Scalar[] normed = norm(name + ".attention.norm", x.get(i));
      if (fromPositions) {
        q.add(linear(name + ".attention.query", weights.get(name + ".attention.positions")[i]));
        Scalar[] keyValue = linear(name + ".attention.keyValue", normed);
        k.add(slice(keyValue, 0, width));
        v.add(slice(keyValue, width, 2 * width));
      } else {
        Scalar[] all = linear(name + ".attention.queryKeyValue", normed);
        q.add(slice(all, 0, width));
        k.add(slice(all, width, 2 * width));
        v.add(slice(all, 2 * width, 3 * width));
      }
    }
    List<Scalar[]> y = new ArrayList<>();
    for (int i = 0; i < x.size(); i++) {
      Scalar[] mixed = new Scalar[width];
      for (int h = 0; h < shape.heads(); h++) {
        List<Scalar> exponentials = new ArrayList<>();
        for (int j = 0; j <= i; j++) {
          List<Scalar> products = new ArrayList<>();
          for (int c = h * headWidth; c < (h + 1) * headWidth; c++) {
            products.add(tape.multiply(q.get(i)[c], k.get(j)[c]));
          }
          exponentials.add(tape.exp(tape.scale(tape.sum(products), 1 / Math.sqrt(headWidth))));
        }
        Scalar inverse = tape.power(tape.sum(exponentials), -1);
        for (int c = h * headWidth; c < (h + 1) * headWidth; c++) {
          List<Scalar> parts = new ArrayList<>();
          for (int j = 0; j <= i; j++) {
            parts.add(tape.multiply(tape.multiply(exponentials.get(j), inverse), v.get(j)[c]));
          }
          mixed[c] = tape.sum(parts);
        }
      }
      y.add(plus(x.get(i), linear(name + ".attention.output", mixed)));
    }
    return y;
  }

  private Scalar[] feedForward(String name, Scalar[] x) {
    Scalar[] inner = linear(name + ".up", x);
    for (int i = 0; i < inner.length; i++) {
      Scalar cube = tape.power(inner[i], 3);
      Scalar u = tape.scale(tape.add(inner[i], tape.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
      inner[i] = tape.scale(tape.multiply(inner[i], tape.add(tape.constant(1), tape.tanh(u))), 0.5);
    }
    return linear(name + ".down", inner);
  }

  private Scalar[] norm(String name, Scalar[] x) {
    Scalar mean = tape.scale(tape.sum(List.of(x)), 1.0 / x.length);
    List<Scalar> squares = new ArrayList<>();
    Scalar[] centred = new Scalar[x.length];
    for (int i = 0; i < x.length; i++) {
      centred[i] = tape.add(x[i], tape.scale(mean, -1));
      squares.add(tape.multiply(centred[i], centred[i]));
    }
    Scalar variance = tape.scale(tape.sum(squares), 1.0 / x.length);
    Scalar inverse = tape.power(tape.add(variance, tape.constant(1e-5)), -0.5);
    for (int i = 0; i < x.length; i++) {
      Scalar scaled =
          tape.multiply(tape.multiply(centred[i], inverse), weights.get(name + ".gain")[0][i]);
      centred[i] = tape.add(scaled, weights.get(name + ".bias")[0][i]);
    }
    return centred;
  }

  private Scalar[] linear(String name, Scalar[] x) {
    Scalar[][] w = weights.get(name + ".weight");
    Scalar[] y = new Scalar[w[0].length];
    for (int column = 0; column < y.length; column++) {
      List<Scalar> products = new ArrayList<>();
      products.add(weights.get(name + ".bias")[0][column]);
      for (int row = 0; row < x.length; row++) {
        products.add(tape.multiply(x[row], w[row][column]));
      }
      y[column] = tape.sum(products);
    }
    return y;
  }

  private Scalar loss(Scalar[] x, int target) {
    Scalar[][] words = weights.get("embedding.words");
    List<Scalar> exponentials = new ArrayList<>();
    Scalar targetLogit = null;
    for (int id = 0; id < words.length; id++) {
      List<Scalar> products = new ArrayList<>();
      for (int c = 0; c < x.length; c++) {
        products.add(tape.multiply(x[c], words[id][c]));
      }
      Scalar logit = tape.sum(products);
      exponentials.add(tape.exp(logit));
      targetLogit = id == target ? logit : targetLogit;
    }
    return tape.add(tape.log(tape.sum(exponentials)), tape.scale(targetLogit, -1));
  }

  private Scalar[] plus(Scalar[] a, Scalar[] b) {
    Scalar[] sum = new Scalar[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = tape.add(a[i], b[i]);
    }
    return sum;
  }

  private static Scalar[] slice(Scalar[] x, int from, int to) {
    return Arrays.copyOfRange(x, from, to);
  }
}
