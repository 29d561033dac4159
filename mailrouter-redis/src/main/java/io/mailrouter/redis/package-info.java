/**
 * Shares with a fleet of nodes, through Redis, what each learns, and which emails were sent. Without Redis every node goes
 * on by itself.
 */
@NullMarked
package io.mailrouter.redis;

import org.jspecify.annotations.NullMarked;
