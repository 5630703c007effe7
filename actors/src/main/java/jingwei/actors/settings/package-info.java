/** Settings of sessions that train through actors. */
package jingwei.actors.settings;
