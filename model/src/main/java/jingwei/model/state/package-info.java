/** The state of a model: weights in every version that is still read, moments and route tables. */
package jingwei.model.state;
