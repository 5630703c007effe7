/** How messages travel between nodes: as CBOR, by Jackson, if their type is on the list. */
package jingwei.actors.serial;
