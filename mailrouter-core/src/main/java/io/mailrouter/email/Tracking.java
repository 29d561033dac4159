package io.mailrouter.email;

/**
 * Whether the provider may rewrite links and add a pixel to learn of clicks and opens.
 *
 * @param opens learn of opens
 * @param clicks learn of clicks
 */
public record Tracking(boolean opens, boolean clicks) {}
