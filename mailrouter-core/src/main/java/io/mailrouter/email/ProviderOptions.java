package io.mailrouter.email;

/**
 * What only one kind of provider understands, such as the name of a configuration set.
 *
 * <p>Options are for the provider that declares their type; every other leaves them unread, for they say how that one
 * service is to be used and not what the recipient gets. Implementations are immutable and safe to share between
 * threads.
 */
public interface ProviderOptions {}
