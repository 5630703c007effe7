/** The computing threads, with their workspaces and kernels. */
package jingwei.actors.worker;
