package jingwei.model.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import jingwei.model.routing.RouteTable;
import org.junit.jupiter.api.Test;

/** The packer needs one document at a time, and only if the batch has room for it. */
class PackerTest {
  private static final int CONTEXT = 4;
  private static final RouteTable ROUTES = RouteTable.of(new short[][] {{0, 1}, {2, 3}}, 2);

  @Test
  void needsADocumentWhenTheBatchHasRoomForIt() {
    Packer packer = packer(2, DataPosition.start(2));
    assertEquals(OptionalInt.of(0), packer.needs());
    assertEquals(OptionalInt.of(0), packer.needs(), "asked again");
    packer.add(0, place(0, 0, 3, false));
    assertEquals(OptionalInt.of(0), packer.needs());
    packer.add(0, place(0, 1, 5, false));
    assertEquals(OptionalInt.of(1), packer.needs());
    packer.add(1, place(1, 0, 9, true));
    assertTrue(packer.needs().isEmpty());
    Batch batch = packer.batch();
    assertEquals(1, batch.step());
    assertEquals(2 * CONTEXT, batch.numTokens());
    assertEquals(List.of("0-0", "0-1", "1-0"), batch.documents());
    assertEquals(0, batch.epoch());
    assertEquals(
        List.of(new DomainStream.Position(0, 1, 2), new DomainStream.Position(0, 0, 4)),
        batch.after().streams());
    assertEquals(batch.after(), packer.position());
    // Two inputs of domain 0's document are left, and four of domain 1's.
    assertEquals(OptionalInt.of(0), packer.needs());
    packer.add(0, place(0, 2, 3, true));
    assertTrue(packer.needs().isEmpty());
    Batch second = packer.batch();
    assertEquals(List.of("0-1", "0-2", "1-0"), second.documents());
    assertEquals(1, second.epoch());
    assertEquals(
        List.of(new DomainStream.Position(1, 0, 0), new DomainStream.Position(1, 0, 0)),
        second.after().streams());
  }

  @Test
  void continuesInTheMiddleOfADocument() {
    Packer whole = packer(1, DataPosition.start(1));
    whole.needs();
    whole.add(0, place(0, 0, 17, true));
    Packer later = packer(1, whole.batch().after());
    assertEquals(OptionalInt.of(0), later.needs());
    later.add(0, place(0, 0, 17, true));
    Batch expected = whole.batch();
    Batch actual = later.batch();
    assertEquals(2, actual.step());
    assertEquals(expected.origin(), actual.origin());
    assertEquals(tokens(expected), tokens(actual));
  }

  @Test
  void routesThePackedTokens() {
    Packer packer = packer(1, DataPosition.start(1));
    packer.needs();
    packer.add(0, place(0, 0, 9, true));
    Batch batch = packer.batch();
    assertEquals(1, batch.routes().layers());
    assertEquals(List.of(0, 1), batch.routes().active(0).boxed().toList());
    assertTrue(batch.routes().isLastUse(0, 0, 1));
  }

  @Test
  void refusesDocumentsThatItDoesNotNeed() {
    Packer packer = packer(1, DataPosition.start(1));
    assertThrows(IllegalStateException.class, packer::batch);
    packer.add(0, place(0, 0, 9, true));
    assertThrows(IllegalStateException.class, () -> packer.add(0, place(0, 0, 9, true)));
    assertThrows(IllegalArgumentException.class, () -> packer(1, DataPosition.start(2)));
    assertThrows(
        IllegalArgumentException.class, () -> Packer.present(List.of(DocumentSource.NONE)));
  }

  @Test
  void shufflesDocumentsEachEpochFromAnyPlace() {
    DocumentOrder whole = new DocumentOrder(3, 1, 0, DomainStream.Position.START);
    List<DocumentOrder.Place> places = new ArrayList<>();
    IntStream.range(0, 12).forEach(i -> places.add(whole.next()));
    for (int epoch = 0; epoch < 4; epoch++) {
      int[] order = DocumentOrder.of(1, 0, epoch, 3);
      for (int index = 0; index < 3; index++) {
        DocumentOrder.Place place = places.get(3 * epoch + index);
        assertEquals(new DocumentOrder.Place(epoch, index, order[index], index == 2), place);
        DocumentOrder later = new DocumentOrder(3, 1, 0, place.at(0));
        assertEquals(place, later.next());
      }
    }
    for (int missing : new int[] {-1, 3}) {
      DomainStream.Position nowhere = new DomainStream.Position(0, missing, 0);
      assertThrows(IllegalArgumentException.class, () -> new DocumentOrder(3, 1, 0, nowhere));
    }
    DocumentSource two = DocumentSource.of(List.of(document(0, "a", 3), document(0, "b", 3)));
    new DomainStream(two, 1, 0, new DomainStream.Position(5, 1, 1));
    DomainStream.Position behind = new DomainStream.Position(5, 1, 2);
    assertThrows(IllegalArgumentException.class, () -> new DomainStream(two, 1, 0, behind));
  }

  private static List<Integer> tokens(Batch batch) {
    return batch.microBatches().stream()
        .flatMapToInt(microBatch -> IntStream.of(microBatch.tokens()))
        .boxed()
        .toList();
  }

  /** A batch has two rows, shared by all domains. */
  private static Packer packer(int domains, DataPosition start) {
    BatchSettings settings =
        new BatchSettings(2, 2, 1, CONTEXT, 0, BatchSettings.equalWeights(domains));
    List<Integer> present = IntStream.range(0, domains).boxed().toList();
    return new Packer(settings, present, List.of(ROUTES), start);
  }

  private static PlacedDocument place(int domain, int index, int tokens, boolean isLast) {
    return new PlacedDocument(
        document(domain, domain + "-" + index, tokens),
        new DocumentOrder.Place(0, index, index, isLast));
  }

  private static EncodedDocument document(int domain, String id, int tokens) {
    return new EncodedDocument(
        id, domain, IntStream.range(0, tokens).map(i -> i / 3 % 2).toArray());
  }
}
