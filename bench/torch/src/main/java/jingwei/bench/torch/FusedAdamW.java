package jingwei.bench.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's own fused AdamW. Java has no binding for functions that begin with an underscore; a
 * line of TorchScript calls it.
 */
final class FusedAdamW {
  private static final String SCRIPT =
      """
      def step(w: Tensor, g: Tensor, m: Tensor, v: Tensor, t: Tensor, lr: float, b1: float, b2: float, wd: float, eps: float):
          torch._fused_adamw_([w], [g], [m], [v], [], [t], lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False)
          return w
      """;

  private final CompilationUnit unit = torch.compile(SCRIPT);
  private final Function step = unit.find_function(new QualifiedName("step"));
  private final List<Slot> slots = new ArrayList<>();
  private final Settings settings;

  /** Constants of a run. */
  record Settings(
      double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {}

  private record Slot(Tensor weight, Tensor first, Tensor second, Tensor count, double decay) {}

  FusedAdamW(PeerWeights weights, Settings settings) {
    this.settings = settings;
    for (Map.Entry<String, Tensor> entry : weights.all().entrySet()) {
      Tensor weight = entry.getValue();
      slots.add(
          new Slot(
              weight,
              torch.zeros_like(weight),
              torch.zeros_like(weight),
              torch.zeros(1),
              weight.dim() > 1 ? settings.weightDecay() : 0));
    }
  }

  /** Updates what has a gradient, and drops the gradients. */
  void step() {
    try (NoGradGuard _ = new NoGradGuard()) {
      for (Slot slot : slots) {
        Tensor gradient = slot.weight.grad();
        if (gradient.defined()) {
          slot.count.add_(new Scalar(1.0));
          step.apply(
              new IValueVector(
                  new IValue(slot.weight),
                  new IValue(gradient),
                  new IValue(slot.first),
                  new IValue(slot.second),
                  new IValue(slot.count),
                  new IValue(settings.learningRate()),
                  new IValue(settings.beta1()),
                  new IValue(settings.beta2()),
                  new IValue(slot.decay),
                  new IValue(settings.epsilon())));
          slot.weight.mutable_grad().reset();
        }
      }
    }
  }
}
