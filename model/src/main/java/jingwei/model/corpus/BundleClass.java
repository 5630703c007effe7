package jingwei.model.corpus;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * The messages of a compiled list resource bundle, read from its class file; the class is never
 * loaded.
 *
 * <p>Such a class builds an array of pairs of constants. The reader simulates the instructions that
 * build it on a stack of constants and arrays; any other instruction clears the stack. Each array
 * that ends up with two strings is a message.
 */
final class BundleClass {
  private static final Object UNKNOWN = new Object();

  private final SequencedMap<String, String> messages = new LinkedHashMap<>();
  private final Deque<Object> stack = new ArrayDeque<>();
  private final List<Object[]> rows = new ArrayList<>();

  private BundleClass() {}

  /** The messages in their order; empty if the class is no bundle. */
  static SequencedMap<String, String> read(byte[] classFile) {
    var reader = new BundleClass();
    ClassModel model = ClassFile.of().parse(classFile);
    for (MethodModel method : model.methods()) {
      method.code().ifPresent(reader::follow);
    }
    return reader.messages;
  }

  private void follow(CodeModel code) {
    stack.clear();
    rows.clear();
    for (CodeElement element : code) {
      if (element instanceof Instruction instruction) {
        follow(instruction);
      }
    }
    for (Object[] row : rows) {
      if (row[0] instanceof String key && row[1] instanceof String message) {
        messages.putIfAbsent(key, message);
      }
    }
  }

  private void follow(Instruction instruction) {
    switch (instruction) {
      case ConstantInstruction constant ->
          stack.push(Objects.requireNonNullElse(constant.constantValue(), UNKNOWN));
      case NewReferenceArrayInstruction _ -> newArray();
      case StackInstruction dup when dup.opcode() == Opcode.DUP -> stack.push(peek());
      case ArrayStoreInstruction _ -> store();
      default -> stack.clear();
    }
  }

  private void newArray() {
    if (pop() instanceof Integer length && length == 2) {
      Object[] row = {UNKNOWN, UNKNOWN};
      rows.add(row);
      stack.push(row);
    } else {
      stack.push(UNKNOWN);
    }
  }

  private void store() {
    Object value = pop();
    Object index = pop();
    if (pop() instanceof Object[] row && index instanceof Integer at && at >= 0 && at < 2) {
      row[at] = value;
    }
  }

  private Object pop() {
    return stack.isEmpty() ? UNKNOWN : stack.pop();
  }

  private Object peek() {
    return stack.isEmpty() ? UNKNOWN : stack.peek();
  }
}
