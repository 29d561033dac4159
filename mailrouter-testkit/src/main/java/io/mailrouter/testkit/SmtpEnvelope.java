package io.mailrouter.testkit;

import java.util.ArrayList;
import java.util.List;

/** What MAIL and RCPT have said so far. Used by one thread. */
record SmtpEnvelope(String from, String parameters, List<String> recipients) {

    static SmtpEnvelope from(String address, String parameters) {
        return new SmtpEnvelope(address, parameters, new ArrayList<>());
    }
}
