/** Text that benchmarks train on. */
package jingwei.bench.text;
