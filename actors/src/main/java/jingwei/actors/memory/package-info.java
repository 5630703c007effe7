/** How much memory a session needs, and how a device shares out what it has. */
package jingwei.actors.memory;
