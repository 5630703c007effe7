package jingwei.bench.ecss;

import java.util.Arrays;
import jingwei.bench.mixture.ExpertRules.Movement;

/** What a rung is: what routes, what moves, and what runs at the same time. */
enum RungKind {
  /** Adam over all experts, and nothing else. */
  ADAM_ALONE("adam-alone", Movement.ALL),

  /** Random routing, all experts on the device. */
  B0("B0", Movement.NONE),

  /** A learned gate; all experts move and are updated, one phase after another. */
  B1("B1", Movement.ALL),

  /** As B1, but gradients go down and weights come up while steps compute. */
  B1_OVERLAPPED("B1-overlapped", Movement.ALL),

  /** Random routing, the rest as B1. */
  B2("B2", Movement.ALL),

  /** As B2, but only activated experts move. */
  B2A("B2a", Movement.ACTIVATED),

  /** ECSS with all domains in each step. */
  E1("E1", null),

  /** ECSS with few domains in each step. */
  E2("E2", null),

  /** As E2, and experts are fetched ahead. */
  E3("E3", null),

  /** As E3, and a step reads the weights of the step before. */
  E4("E4", null),

  /** As E3, but buffers are handed over, so that nothing moves. */
  E3_HANDOVER("E3-handover", null),

  /** As E3, with a link so slow that a transfer takes a share of computing. */
  E3_HIDDEN("E3-hidden-", null),

  /** As E3, with another number of experts. */
  EXPERTS("experts-", null);

  private final String text;
  private final Movement movement;

  RungKind(String text, Movement movement) {
    this.text = text;
    this.movement = movement;
  }

  /**
   * The kind of a rung.
   *
   * @param name of the rung
   * @throws IllegalArgumentException if no rung has this name
   */
  static RungKind of(String name) {
    return Arrays.stream(values())
        .filter(kind -> kind.isFamily() ? name.startsWith(kind.text) : name.equals(kind.text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no rung " + name));
  }

  /** Whether a number follows the text in the name of a rung. */
  private boolean isFamily() {
    return text.endsWith("-");
  }

  /** The name, or what it begins with. */
  String text() {
    return text;
  }

  /** Whether a trainer below ECSS runs the rung. */
  boolean isMixture() {
    return movement != null;
  }

  /** What moves in a rung below ECSS. */
  Movement movement() {
    return movement;
  }

  /** Whether a learned gate routes. */
  boolean isGated() {
    return this == B1 || this == B1_OVERLAPPED;
  }

  /** Batches whose experts are fetched ahead. */
  int lookahead() {
    return this == E1 || this == E2 ? 0 : 1;
  }

  /** Versions that the weights of a step are older. */
  int delay() {
    return this == E4 ? 1 : 0;
  }
}
