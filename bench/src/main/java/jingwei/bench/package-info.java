/** Measures the speed of Jingwei beside the limit of the machine. No other module uses this one. */
package jingwei.bench;
