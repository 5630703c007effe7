package jingwei.bench.learn;

import java.io.IOException;
import java.util.List;

/** Models that differ in one rule, and learn from the same text. */
interface Study {
  /** What is trained, in the order of training. */
  List<Subject> subjects();

  Lesson lesson(Subject subject) throws IOException;

  Learner open(Subject subject, Lesson lesson);

  long steps();

  /** Steps between two evaluations. */
  long every();
}
