package jingwei.bench.mixture;

import java.util.List;
import jingwei.model.routing.RouteTable;

/** How the expert of a token is chosen, within the experts of its domain. */
public sealed interface Routing {
  /**
   * By tables drawn before training, without a gate factor: random routed experts (2303.10845).
   *
   * @param tables one for each RRE layer
   */
  record Tables(List<RouteTable> tables) implements Routing {
    public Tables {
      tables = List.copyOf(tables);
    }
  }

  /**
   * By a learned top-1 gate: the output of the expert is multiplied by the probability of its
   * choice (Switch, 2101.03961). There is no capacity and no dropped token, which is kinder to the
   * quality of the mixture than the capacity of 1.1 in MindSpore's script.
   *
   * @param balance factor of the balance loss of each layer
   */
  record Gate(double balance) implements Routing {
    /** The factor of 2101.03961. */
    public static final double USUAL_BALANCE = 0.01;
  }
}
