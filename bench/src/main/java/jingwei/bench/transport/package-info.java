/** Ways for a tensor from one actor to another, measured by the same measure. */
package jingwei.bench.transport;
