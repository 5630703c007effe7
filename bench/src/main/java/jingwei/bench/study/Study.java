package jingwei.bench.study;

import java.io.IOException;
import java.util.List;

/** Models that differ in one rule, and learn from the same text. */
interface Study {
  /** What differs; the argument of the command. */
  String name();

  /** What is trained, in the order of training. */
  List<Subject> subjects();

  Lesson lesson(Subject subject) throws IOException;

  Learner open(Subject subject, Lesson lesson);

  /** A subject of this study. */
  default Subject subject(String rule, long seed) {
    return new Subject(name(), rule, steps(), seed);
  }

  long steps();

  /** Steps between two evaluations. */
  long every();
}
