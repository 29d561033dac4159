package io.mailrouter.provider;

import io.mailrouter.email.Email;
import java.util.List;

/**
 * A provider that can take many emails in one request.
 *
 * <p>The router hands it emails that are {@linkplain io.mailrouter.email.Alike alike}, each with one recipient in to, and
 * only when the caller allowed it: a request that fails leaves all of them unknown.
 */
public interface BulkEmailProvider extends EmailProvider {

    /**
     * Returns how many of these emails, from the first on, may travel in one request. Answers from memory.
     *
     * @param alike emails that the provider can carry each by itself, at least one
     * @return less than 2 when the first is to be sent by itself
     */
    int together(List<Email> alike);

    /**
     * Makes one attempt to send all emails in a single request.
     *
     * <p>What holds for {@link #send} holds here. A request without an answer is {@link Outcome.Unknown} for every
     * entry. A request that was refused as a whole is {@link Outcome.Rejected} for every entry: the router then sends
     * each by itself, so that one bad email does not take the others along. An answer of another length than the
     * entries', a null and an exception are taken as {@link Outcome.Unknown} for every entry.
     *
     * @param entries the emails, alike, as many as {@link #together} said
     * @param context the time that is left; its reference is that of the request and occurs in no email
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
