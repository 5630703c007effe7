/** The states of owners, read and filled one at a time by messages and tensors. */
package jingwei.actors.state;
