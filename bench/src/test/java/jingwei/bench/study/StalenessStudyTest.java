package jingwei.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;

class StalenessStudyTest {
  @Test
  void theNameOfASubjectIsItsRule() throws Exception {
    Study study = new StalenessStudy(480);
    List<Subject> subjects = study.subjects();
    assertEquals(15, new HashSet<>(subjects).size());
    StepRules stale = study.lesson(study.subject("delay=4", 3)).rules();
    assertEquals(4, stale.delay());
    Lesson lesson = study.lesson(study.subject("bound=2", 3));
    assertEquals(2, lesson.rules().bound());
    assertEquals(3, lesson.seed());
    assertEquals(480, lesson.rate().steps());
    assertEquals(4, lesson.text().training().size());
    assertEquals(60, study.every());
  }
}
