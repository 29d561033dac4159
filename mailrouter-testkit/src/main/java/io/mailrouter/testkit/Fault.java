package io.mailrouter.testkit;

/** What the provider contract makes a stand-in for a service do, one of the ways in which real ones fail. */
public enum Fault {
    /** Takes every email and says so: no fault. */
    NONE("none"),
    /** Refuses connections. */
    REFUSES_CONNECTIONS("connection refused"),
    /** Reads the request, then never answers. */
    SILENT("reads the request, never answers"),
    /** Takes the email, then never answers. */
    SILENT_AFTER_TAKING("takes the email, never answers"),
    /** Ends the connection after the request's head and before its body. */
    RESETS_BEFORE_BODY("reset before the body"),
    /** Ends the connection inside the request's body. */
    RESETS_IN_BODY("reset inside the body"),
    /** Ends the connection after the request, without taking the email. */
    RESETS_AFTER_BODY("reset after the body"),
    /** Takes the email and ends the connection without an answer. */
    RESETS_AFTER_TAKING("takes the email, then reset"),
    /** Takes the email and ends the connection inside the first line of its answer. */
    RESETS_IN_ANSWER("takes the email, then reset inside the answer"),
    /** Takes the email, then answers a byte every 100 ms. */
    DRIPS("takes the email, answer drips"),
    /** Begins to read the request, then reads no more. */
    STOPS_READING("stops reading"),
    /** Reads the request a few bytes at a time. */
    READS_SLOWLY("reads slowly"),
    /** Takes the email, then answers with a body that never ends. */
    FLOODS("takes the email, endless answer"),
    /** Takes the email, then answers with a head of 10 MB. */
    HUGE_HEAD("takes the email, answer with 10 MB of headers"),
    /** Takes the email, then answers with what is no answer at all. */
    GARBAGE("takes the email, answers garbage"),
    /** Takes the email and says so, without a word more. */
    EMPTY_SUCCESS("success without a body"),
    /** Takes the email and says so, with a page of HTML. */
    HTML_SUCCESS("success with HTML"),
    /** Takes the email and says so, in words that break off. */
    BROKEN_SUCCESS("success with a broken body"),
    /** A gateway on the way answers that it got no answer in time, or a bad one. */
    GATEWAY_ERROR("gateway error"),
    /** Says that the email should go to another place. */
    REDIRECTS("redirect to another host"),
    /** Does not know the credential. */
    UNAUTHORIZED("wrong credential"),
    /** The account may not send any more. */
    SUSPENDED("account suspended"),
    /** Has failed, and says itself that it did not send. */
    INTERNAL_ERROR("the service's own internal error"),
    /** Asks for a pause, but not for how long. */
    THROTTLED("throttled"),
    /** Asks for a pause of 30 s. */
    THROTTLED_WITH_HINT("throttled with a hint of 30 s"),
    /** Asks for a pause that makes no sense. */
    THROTTLED_WITH_JUNK("throttled with a junk hint"),
    /** The day's quota is used up. */
    QUOTA_EXHAUSTED("quota used up"),
    /** Finds the email itself at fault. */
    REJECTS("email rejected");

    private final String words;

    Fault(String words) {
        this.words = words;
    }

    /** Returns what happens, as it stands in the table of requests per send. */
    public String words() {
        return words;
    }
}
