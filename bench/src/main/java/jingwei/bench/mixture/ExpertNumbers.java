package jingwei.bench.mixture;

import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;

/** Numbers the experts of a decoder from 0, layer by layer. */
record ExpertNumbers(Decoder decoder) {
  /** How many there are. */
  int count() {
    return decoder.shape().routedBlocks() * perLayer();
  }

  int perLayer() {
    return decoder.shape().expertsPerBlock();
  }

  /** Number of an expert of a layer. */
  int of(int layer, int expert) {
    return layer * perLayer() + expert;
  }

  int layer(int number) {
    return number / perLayer();
  }

  Owner owner(int number) {
    return decoder.owners().get(index(number));
  }

  /** Number of an expert, by its index among the decoder's owners. */
  int number(int owner) {
    int layer = decoder.shape().routedBlocks() - 1;
    while (decoder.ownerOf(decoder.stageOfLayer(layer)) > owner) {
      layer--;
    }
    return of(layer, owner - decoder.ownerOf(decoder.stageOfLayer(layer), 0));
  }

  /** Index of an expert among the decoder's owners. */
  int index(int number) {
    return decoder.ownerOf(decoder.stageOfLayer(layer(number)), number % perLayer());
  }
}
