/** What gets done on a node, and how long nothing did: the measure of every deadline. */
package jingwei.actors.progress;
