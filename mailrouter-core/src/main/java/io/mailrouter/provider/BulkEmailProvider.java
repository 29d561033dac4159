package io.mailrouter.provider;

import io.mailrouter.email.Email;
import java.util.List;

/**
 * A provider that can take many emails in one request.
 *
 * <p>The router hands it emails that are alike but for their recipient, their variables and their metadata, each with
 * one recipient in to, and only when the caller asked for it: a request that fails leaves all of them unknown.
 */
public interface BulkEmailProvider extends EmailProvider {

    /** Returns how many emails one request may carry, at least 1. */
    int maxBulk();

    /**
     * Makes one attempt to send all emails in a single request.
     *
     * <p>What holds for {@link #send} holds here. A request without an answer is {@link Outcome.Unknown} for every
     * entry.
     *
     * @param entries the emails, alike, at most {@link #maxBulk()} of them
     * @param context the number of the attempt and the time that is left; its reference is that of the request
     * @return one outcome for each entry, in their order
     */
    List<Outcome> sendBulk(List<Entry> entries, Attempt.Context context);

    /**
     * One email of a request.
     *
     * @param email what to send
     * @param reference what ties all attempts to send this email together
     */
    record Entry(Email email, String reference) {}
}
