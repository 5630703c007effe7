/** The threads that compute, and what they compute with. */
package jingwei.actors.worker;
