/** JMH benchmarks of single kernels, each beside its plain version as the control. */
package jingwei.bench.kernel;
