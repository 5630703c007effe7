/** The rules for judging steps, the decisions about them, and their results. */
package jingwei.model.step;
