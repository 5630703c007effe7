package jingwei.bench.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class LineChartTest {
  @Test
  void linesReachFromCornerToCorner() throws Exception {
    LineChart chart = new LineChart("steps", "loss");
    chart.add("falls", List.of(new LineChart.Point(0, 8), new LineChart.Point(10, 4)));
    chart.add("rises", List.of(new LineChart.Point(0, 4), new LineChart.Point(10, 6)));
    NodeList lines = parsed(chart.svg()).getElementsByTagName("polyline");
    assertEquals(2, lines.getLength());
    // Those whose last point is highest come first.
    assertEquals("64.0,304.0 490.0,164.0", points(lines, 0));
    assertEquals("64.0,24.0 490.0,304.0", points(lines, 1));
  }

  @Test
  void namesOfLinesWithTheSameEndAreApart() throws Exception {
    LineChart chart = new LineChart("steps", "loss");
    List<LineChart.Point> same = List.of(new LineChart.Point(0, 1), new LineChart.Point(1, 0));
    chart.add("a", same);
    chart.add("b", same);
    NodeList texts = parsed(chart.svg()).getElementsByTagName("text");
    double[] at = new double[2];
    for (int i = 0; i < texts.getLength(); i++) {
      String name = texts.item(i).getTextContent();
      if (name.startsWith("a, ") || name.startsWith("b, ")) {
        at[name.charAt(0) - 'a'] = Double.parseDouble(((Element) texts.item(i)).getAttribute("y"));
      }
    }
    assertTrue(at[1] - at[0] >= 15, at[0] + " " + at[1]);
  }

  @Test
  void hasALineWithPoints() {
    LineChart chart = new LineChart("steps", "loss");
    assertThrows(IllegalStateException.class, chart::svg);
    assertThrows(IllegalArgumentException.class, () -> chart.add("a", List.of()));
  }

  private static String points(NodeList lines, int index) {
    return ((Element) lines.item(index)).getAttribute("points").strip();
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }
}
