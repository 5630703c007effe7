/** Pictures of figures. */
package jingwei.bench.chart;
