/** Native memory under a budget, and matrices as views of it. */
package jingwei.model.memory;
