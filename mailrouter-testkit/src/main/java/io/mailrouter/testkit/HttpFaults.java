package io.mailrouter.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Each {@link Fault} as it looks over HTTP. */
final class HttpFaults {

    private static final Duration DRIP = Duration.ofMillis(100);
    private static final int HUGE = 10_000_000;
    private static final String HTML = "<html><body>down for maintenance</body></html>";
    private static final Map<String, String> AS_HTML = Map.of("Content-Type", "text/html");

    private HttpFaults() {}

    static Optional<Behaviour> behaviour(Fault fault, WireFormat wire, Elsewhere elsewhere) {
        return switch (fault) {
            case NONE -> Optional.of(Behaviour.accept());
            case REFUSES_CONNECTIONS -> Optional.of(Behaviour.refuseConnections());
            case SILENT -> Optional.of(Behaviour.hang());
            case SILENT_AFTER_TAKING -> Optional.of(Behaviour.acceptThenHang());
            case RESETS_BEFORE_BODY -> Optional.of(Behaviour.resetBeforeBody());
            case RESETS_IN_BODY -> Optional.of(Behaviour.resetInBody(16));
            case RESETS_AFTER_BODY -> Optional.of(Behaviour.resetAfterBody());
            case RESETS_AFTER_TAKING -> Optional.of(Behaviour.acceptThenReset());
            case RESETS_IN_ANSWER -> Optional.of(Behaviour.acceptThenResetAt("HTTP/1.1".length()));
            case DRIPS -> Optional.of(Behaviour.acceptThenDrip(DRIP));
            case STOPS_READING -> Optional.of(Behaviour.stopReading());
            case READS_SLOWLY -> Optional.of(Behaviour.readSlowly(16, DRIP));
            case FLOODS -> Optional.of(Behaviour.acceptThenFlood());
            case HUGE_HEAD -> Optional.of(Behaviour.acceptThenHugeHead(HUGE));
            case GARBAGE -> Optional.of(Behaviour.acceptThenGarbage());
            case EMPTY_SUCCESS -> Optional.of(Behaviour.answer(200, Map.of(), ""));
            case HTML_SUCCESS -> Optional.of(Behaviour.answer(200, AS_HTML, HTML));
            case BROKEN_SUCCESS ->
                Optional.of(Behaviour.answer(200, Map.of("Content-Type", "application/json"), "{\"id\":"));
            case GATEWAY_ERROR -> Optional.of(inTurn(List.of(502, 503, 504, 500), AS_HTML));
            case REDIRECTS ->
                Optional.of(
                        inTurn(List.of(307, 308, 302, 303, 301), Map.of("Location", elsewhere.url() + wire.path())));
            default -> wire.error(fault).map(reply -> Behaviour.answering("error " + reply.status(), () -> reply));
        };
    }

    /** Answers with the next status each time. */
    private static Behaviour inTurn(List<Integer> statuses, Map<String, String> headers) {
        AtomicInteger turn = new AtomicInteger();
        return Behaviour.answering(
                "one of " + statuses,
                () -> Reply.of(statuses.get(turn.getAndIncrement() % statuses.size()), headers, HTML));
    }
}
