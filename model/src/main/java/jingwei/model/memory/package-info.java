/** Memory in plain host memory and in the spaces of other backends, and matrices as views of it. */
package jingwei.model.memory;
