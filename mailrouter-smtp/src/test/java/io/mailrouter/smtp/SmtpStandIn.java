package io.mailrouter.smtp;

import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Fault;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.ServiceStandIn;
import io.mailrouter.testkit.SmtpBehaviour;
import io.mailrouter.testkit.SmtpPhase;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** A mail server that wants STARTTLS and a login, in the role that the contract of every provider asks for. */
final class SmtpStandIn implements ServiceStandIn {

    static final String USERNAME = "shop";

    private static final Duration DRIP = Duration.ofMillis(100);

    private final LoopbackSmtp server = LoopbackSmtp.startTls();

    SmtpStandIn(String password) {
        server.needLogin(USERNAME, password);
    }

    SSLContext trust() {
        return server.trust();
    }

    @Override
    public URI url() {
        return server.url();
    }

    @Override
    public boolean behave(Fault fault) {
        Optional<SmtpBehaviour> behaviour = behaviour(fault);
        behaviour.ifPresent(server::behave);
        return behaviour.isPresent();
    }

    private static Optional<SmtpBehaviour> behaviour(Fault fault) {
        return switch (fault) {
            case NONE -> Optional.of(SmtpBehaviour.accept());
            case REFUSES_CONNECTIONS -> Optional.of(SmtpBehaviour.refuseConnections());
            case SILENT -> Optional.of(SmtpBehaviour.hang(SmtpPhase.DOT));
            case SILENT_AFTER_TAKING -> Optional.of(SmtpBehaviour.acceptThenHang());
            case RESETS_BEFORE_BODY -> Optional.of(SmtpBehaviour.reset(SmtpPhase.DATA));
            case RESETS_IN_BODY -> Optional.of(SmtpBehaviour.resetInBody(16));
            case RESETS_AFTER_BODY -> Optional.of(SmtpBehaviour.reset(SmtpPhase.DOT));
            case RESETS_AFTER_TAKING -> Optional.of(SmtpBehaviour.acceptThenReset());
            case RESETS_IN_ANSWER -> Optional.of(SmtpBehaviour.acceptThenClose());
            case DRIPS -> Optional.of(SmtpBehaviour.acceptThenDrip(DRIP));
            case STOPS_READING -> Optional.of(SmtpBehaviour.stopReading());
            case FLOODS -> Optional.of(SmtpBehaviour.acceptThenFlood());
            case EMPTY_SUCCESS -> answer(SmtpPhase.DOT, "250");
            case HTML_SUCCESS -> answer(SmtpPhase.DOT, "250 <html><body>queued</body></html>");
            case BROKEN_SUCCESS -> answer(SmtpPhase.DOT, "250-2.0.0 queued\r\n250 2.0");
            case UNAUTHORIZED -> answer(SmtpPhase.AUTH, "535 5.7.8 bad credentials");
            case INTERNAL_ERROR -> answer(SmtpPhase.DOT, "451 4.3.0 local error, try again later");
            case THROTTLED -> answer(SmtpPhase.DOT, "454 4.7.0 Throttling failure: Maximum sending rate exceeded.");
            case QUOTA_EXHAUSTED ->
                answer(SmtpPhase.DOT, "454 4.7.0 Throttling failure: Daily message quota exceeded.");
            case REJECTS -> answer(SmtpPhase.DOT, "554 5.6.0 message content rejected");
            default -> Optional.empty();
        };
    }

    private static Optional<SmtpBehaviour> answer(SmtpPhase phase, String reply) {
        return Optional.of(SmtpBehaviour.answer(phase, reply));
    }

    /** A message can be taken only once its final dot has come. */
    @Override
    public int attempts() {
        return server.messages();
    }

    /** There is no redirect in SMTP that a client would follow. */
    @Override
    public int redirected() {
        return 0;
    }

    @Override
    public List<AcceptedEmail> accepted() {
        return server.accepted().stream().map(MimeReader::read).toList();
    }

    @Override
    public int openConnections() {
        return server.openConnections();
    }

    @Override
    public void close() {
        server.close();
    }
}
