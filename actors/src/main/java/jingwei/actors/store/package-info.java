/**
 * Host memory: the experts with their moments, and the sparse optimizer that updates them there.
 */
package jingwei.actors.store;
