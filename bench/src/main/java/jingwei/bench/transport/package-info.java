/** Routes of a tensor from one actor to another, all measured in the same way. */
package jingwei.bench.transport;
