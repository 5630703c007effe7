/** The progress of a node, and the time without progress, which every deadline limits. */
package jingwei.actors.progress;
