package io.mailrouter.email;

/**
 * Something that an email may need and not every provider can carry.
 *
 * <p>A provider that lacks one is not eligible for that email; the part is never left out.
 */
public enum Feature {
    /** Files offered for download. */
    ATTACHMENTS,
    /** Files shown inside the HTML. */
    INLINE_ATTACHMENTS,
    /** Headers of the sender's own. */
    HEADERS,
    /** Labels for the provider's statistics. */
    TAGS,
    /** Key-value pairs that the provider returns with its events. */
    METADATA,
    /** More than one address to reply to. */
    SEVERAL_REPLY_TO,
    /** An address for bounces that differs from the sender. */
    ENVELOPE_FROM,
    /** A template kept by the provider. */
    TEMPLATE,
    /** A time before which the provider holds the email back. */
    SEND_AT,
    /** A switch for tracking of opens and clicks. */
    TRACKING,
    /** A complete MIME message. */
    RAW_MIME,
    /** Letters beyond ASCII in a local part (RFC 6531). */
    UNICODE_LOCAL_PART
}
