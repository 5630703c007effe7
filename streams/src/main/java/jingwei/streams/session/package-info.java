/** Trainers: what runs the steps of a session, through actors or in the calling thread. */
package jingwei.streams.session;
