/**
 * libtorch's training step for the models that Jingwei is measured on, written as its users write
 * it: eager operations, autograd, fused AdamW. It knows nothing of Jingwei and runs as a process of
 * its own that speaks {@link java.io.DataInput} on its standard streams.
 */
package jingwei.bench.torch;
