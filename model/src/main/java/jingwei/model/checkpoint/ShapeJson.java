package jingwei.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.DecoderShape.Experts;
import jingwei.model.decoder.DecoderShape.Sizes;
import jingwei.model.decoder.DecoderShape.Stack;

/** Writes and reads the shape of a model as one flat JSON object. */
public final class ShapeJson {
  private ShapeJson() {}

  public static ObjectNode write(DecoderShape shape) {
    return Json.MAPPER
        .createObjectNode()
        .put("vocabulary", shape.vocabulary())
        .put("context", shape.context())
        .put("width", shape.width())
        .put("heads", shape.heads())
        .put("innerWidth", shape.innerWidth())
        .put("denseBlocks", shape.denseBlocks())
        .put("routedBlocks", shape.routedBlocks())
        .put("domains", shape.domains())
        .put("expertsPerDomain", shape.expertsPerDomain())
        .put("queryLayer", shape.queryLayer());
  }

  /**
   * @throws IOException if a field is missing, unknown or of the wrong type
   * @throws jingwei.model.UserException if the sizes are not those of a decoder
   */
  static DecoderShape read(JsonFields fields) throws IOException {
    DecoderShape shape =
        new DecoderShape(
            fields.take("vocabulary", int.class),
            fields.take("context", int.class),
            new Sizes(
                fields.take("width", int.class),
                fields.take("heads", int.class),
                fields.take("innerWidth", int.class)),
            new Stack(
                fields.take("denseBlocks", int.class),
                fields.take("routedBlocks", int.class),
                fields.take("queryLayer", boolean.class)),
            new Experts(
                fields.take("domains", int.class), fields.take("expertsPerDomain", int.class)));
    fields.end();
    return shape;
  }
}
