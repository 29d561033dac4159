package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.http.StubServer;
import java.net.URI;
import java.util.List;

/**
 * Which of the SDK's HTTP clients sends emails fastest, so that the service is measured beside the best one. No limit of
 * time is set for a whole call, and the number of connections is that of the senders where it can be set at all.
 */
final class ClientChoice {

    private static final List<Contenders> CLIENTS = List.of(
            Contenders.MAILROUTER_SES,
            Contenders.SES_BARE,
            Contenders.SES_APACHE_4,
            Contenders.SES_CRT,
            Contenders.SES_URL_CONNECTION,
            Contenders.SES_ASYNC);

    private ClientChoice() {}

    public static void main(String[] args) {
        try (ChildJvm stub = StubServer.started();
                Contest contest = new Contest("HTTP client for SES")) {
            URI endpoint = URI.create("http://127.0.0.1:" + stub.read());
            CLIENTS.forEach(one -> contest.enter(one.title(), SendClient.started(one, endpoint)));
            SendContest sends = new SendContest(contest, stub);
            sends.warmUp();
            Load.WITHOUT_LATENCY.forEach(sends::meet);
        }
    }
}
