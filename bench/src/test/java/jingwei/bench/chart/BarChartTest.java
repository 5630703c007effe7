package jingwei.bench.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class BarChartTest {
  @Test
  void barsOfAllGroupsAreAsLongAsTheirValues() throws Exception {
    BarChart chart = new BarChart();
    chart.group("fast");
    chart.add("a", 400, true);
    chart.group("slow");
    chart.add("b", 100, false);
    NodeList rectangles =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(chart.svg())))
            .getElementsByTagName("rect");
    assertEquals(3, rectangles.getLength(), "with the background");
    assertEquals("300.0", ((Element) rectangles.item(1)).getAttribute("width"));
    assertEquals("75.0", ((Element) rectangles.item(2)).getAttribute("width"));
  }
}
