/** The memory that a session needs, and how a device divides its memory. */
package jingwei.actors.memory;
