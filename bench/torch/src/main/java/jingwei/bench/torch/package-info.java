/**
 * libtorch's training step for the models that Jingwei is measured on, written as its users would:
 * eager operations, autograd, fused AdamW. It does not know Jingwei. It runs in a separate process
 * and speaks {@link java.io.DataInput} on its standard streams.
 */
package jingwei.bench.torch;
