/** Which node computes which replica, owns which dense stage, and keeps which expert. */
package jingwei.actors.placement;
