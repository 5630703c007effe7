/** The rules of a step: what it is judged by, what is decided about it, and what it came to. */
package jingwei.model.step;
