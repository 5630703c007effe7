/** Single kernels by JMH, each with its naive twin as the control. */
package jingwei.bench.kernel;
