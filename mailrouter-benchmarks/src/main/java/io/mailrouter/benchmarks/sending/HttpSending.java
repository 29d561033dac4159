package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.http.StubRate;
import io.mailrouter.benchmarks.http.StubServer;
import java.net.URI;
import java.util.List;

/**
 * How fast emails are sent through the service over SES and SendGrid, beside the SDKs alone and beside what a team would
 * write by hand.
 *
 * <p>A send is everything from the application's values to the service's answer: the library's contender builds an email
 * each time, the others build their own request. The services are stand-ins in a JVM of their own on the loopback
 * interface, without TLS, so that a call costs less than any real one and what is put around it shows most. Every
 * contender has 256 connections and one thread for each sender, virtual ones from JDK 21 on. The SDK's client was tuned by
 * what {@link ClientChoice} shows: Apache 5, no retries, fixed credentials.
 */
final class HttpSending {

    private static final List<Contenders> OVER_SES =
            List.of(Contenders.MAILROUTER_SES, Contenders.SES_BARE, Contenders.SES_LIMITED, Contenders.SES_GLUE);
    private static final List<Contenders> OVER_SENDGRID =
            List.of(Contenders.MAILROUTER_SENDGRID, Contenders.SENDGRID_POOLED, Contenders.SENDGRID_DEFAULT);

    private static final Contenders FASTEST = Contenders.SENDGRID_POOLED;
    private static final int WARM_UPS = 5;

    private HttpSending() {}

    public static void main(String[] args) {
        try (ChildJvm stub = StubServer.started()) {
            URI endpoint = URI.create("http://127.0.0.1:" + stub.read());
            contest("send over SES", OVER_SES, stub, endpoint);
            contest("send over SendGrid", OVER_SENDGRID, stub, endpoint);
            headroom(stub, endpoint);
        }
    }

    private static void contest(String benchmark, List<Contenders> contenders, ChildJvm stub, URI endpoint) {
        try (Contest contest = new Contest(benchmark)) {
            contenders.forEach(one -> contest.enter(one.title(), SendClient.started(one, endpoint)));
            SendContest sends = new SendContest(contest, stub);
            sends.warmUp();
            Load.ALL.forEach(sends::meet);
        }
    }

    /** The last row's ratio is how many times the rate of the fastest client the stand-in alone answers. */
    private static void headroom(ChildJvm stub, URI endpoint) {
        stub.ask("latency 0");
        try (Contest contest = new Contest("stand-in alone / fastest client")) {
            contest.enter("stand-in, flooded on 256 connections", stub);
            contest.enter(FASTEST.title(), SendClient.started(FASTEST, endpoint));
            String order = Load.FASTEST.order(SendContest.MILLIS);
            contest.rounds(
                            Load.FASTEST.title(),
                            WARM_UPS,
                            SendContest.ROUNDS,
                            jvm -> jvm == stub ? StubRate.turn(stub, endpoint.getPort(), 1) : jvm.ask(order))
                    .forEach(row -> System.out.println(row.markdown()));
        }
    }
}
