package jingwei.bench.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's own fused AdamW, called through TorchScript. Java has no binding for functions that
 * start with an underscore, nor for lists of tensors; TorchScript has both. The lists must be
 * arguments of the script: if the script creates a list itself, the compiler takes it for unused
 * and removes the call.
 */
final class FusedAdamW {
  private static final String SCRIPT =
      """
      def start(x: Tensor):
          return [x]

      def step(w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float, wd: float, eps: float):
          torch._fused_adamw_(w, g, m, v, [], t, lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False)
          return w
      """;

  private final CompilationUnit unit = torch.compile(SCRIPT);
  private final List<Slot> decaying = new ArrayList<>();
  private final List<Slot> plain = new ArrayList<>();
  private final Settings settings;

  /** Constants of a run. */
  record Settings(
      double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {}

  private record Slot(Tensor weight, Tensor first, Tensor second, Tensor count) {}

  FusedAdamW(PeerWeights weights, Settings settings) {
    this.settings = settings;
    for (Tensor weight : weights.all().values()) {
      Slot slot =
          new Slot(weight, torch.zeros_like(weight), torch.zeros_like(weight), torch.zeros(1));
      (weight.dim() > 1 ? decaying : plain).add(slot);
    }
  }

  /** Updates weights that have a gradient, and drops the gradients. */
  void step() {
    try (NoGradGuard _ = new NoGradGuard()) {
      step(decaying, settings.weightDecay());
      step(plain, 0);
    }
  }

  private void step(List<Slot> all, double decay) {
    List<Slot> slots = all.stream().filter(slot -> slot.weight.grad().defined()).toList();
    slots.forEach(slot -> slot.count.add_(new Scalar(1.0)));
    call(
        "step",
        list(slots, Slot::weight),
        list(slots, slot -> slot.weight.grad()),
        list(slots, Slot::first),
        list(slots, Slot::second),
        list(slots, Slot::count),
        new IValue(settings.learningRate()),
        new IValue(settings.beta1()),
        new IValue(settings.beta2()),
        new IValue(decay),
        new IValue(settings.epsilon()));
    slots.forEach(slot -> slot.weight.mutable_grad().reset());
  }

  private IValue list(List<Slot> slots, Function<Slot, Tensor> part) {
    IValue value = call("start", new IValue(part.apply(slots.getFirst())));
    GenericList list = value.toList();
    slots.stream().skip(1).forEach(slot -> list.push_back(new IValue(part.apply(slot))));
    return value;
  }

  private IValue call(String name, IValue... arguments) {
    return unit.find_function(new QualifiedName(name)).apply(new IValueVector(arguments));
  }
}
