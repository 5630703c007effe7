/** The link between the memory of devices and that of hosts, which can be slowed. */
package jingwei.actors.link;
