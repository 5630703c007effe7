package jingwei.model.corpus;

import java.util.List;

/** The documents of one domain on both sides of the split. */
public record DomainTexts(List<Document> train, List<Document> heldOut) {
  public DomainTexts {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
  }

  /** Bytes of UTF-8 to train on. */
  public long trainBytes() {
    return train.stream().mapToLong(Document::bytes).sum();
  }

  /** Bytes of UTF-8 that are held out. */
  public long heldOutBytes() {
    return heldOut.stream().mapToLong(Document::bytes).sum();
  }
}
