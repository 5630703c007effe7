/** Evaluation of a loaded model on several threads. */
package jingwei.actors.evaluation;
