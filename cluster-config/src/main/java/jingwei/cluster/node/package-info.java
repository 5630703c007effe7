/**
 * A node of a cluster: how it joins, how it learns of the others, and how a session runs on several
 * of them. Pekko Cluster keeps the membership; the actors of a session have systems of their own,
 * which live as long as one epoch.
 */
package jingwei.cluster.node;
