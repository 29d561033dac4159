package io.mailrouter.smtp;

import io.mailrouter.provider.Secret;
import jakarta.mail.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Opens connections to one server. Immutable, safe to share between threads. */
final class Dialler {

    /** How the conversation is kept from others. */
    enum Security {
        NONE,
        STARTTLS,
        TLS
    }

    /** Who knows the addresses of a host. It may hang. */
    interface LookUp {
        InetAddress[] addresses(String host) throws IOException;
    }

    private static final String NO_TOKEN = "no_token";

    private final Aside aside;
    private final LookUp lookUp;
    private final String host;
    private final int port;
    private final Security security;
    private final SSLSocketFactory sockets;
    private final Optional<Login> login;
    private final String clientName;
    private final Duration connectTimeout;
    private final SmtpConnection.Patience patience;
    private final Session session;

    Dialler(SmtpSettings settings, SSLSocketFactory sockets, Aside aside) {
        this.aside = aside;
        this.lookUp = settings.lookUp;
        this.host = settings.host();
        this.port = settings.port();
        this.security = settings.security;
        this.sockets = sockets;
        this.login = settings.login;
        this.clientName = settings.clientName;
        this.connectTimeout = settings.connectTimeout;
        this.patience = new SmtpConnection.Patience(settings.responseTimeout, settings.acceptTimeout, settings.trust);
        this.session = Session.getInstance(properties());
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.put("mail.debug", "false");
        properties.put("mail.debug.auth", "false");
        properties.put("mail.smtp.quitwait", "false");
        properties.put("mail.smtp.starttls.enable", Boolean.toString(security == Security.STARTTLS));
        properties.put("mail.smtp.starttls.required", Boolean.toString(security == Security.STARTTLS));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.ssl.socketFactory", sockets);
        properties.put("mail.smtp.auth", Boolean.toString(login.isPresent()));
        login.ifPresent(how -> properties.put("mail.smtp.auth.mechanisms", how.mechanisms()));
        return properties;
    }

    /** Connects, greets and logs in. */
    SmtpConnection dial(Watch watch) throws NoConnectionException, InterruptedException {
        Optional<Secret> secret = secret(watch);
        BoundedSocket raw = connected(watch);
        try {
            SmtpConnection connection = new SmtpConnection(
                    session,
                    raw,
                    clientName,
                    patience,
                    login.map(Login::username).orElse(null),
                    secret.map(Secret::reveal).orElse(null));
            connection.open(security == Security.TLS ? secured(raw) : raw, security == Security.STARTTLS);
            return connection;
        } catch (IOException | RuntimeException e) {
            raw.drop();
            throw new NoConnectionException(Delivery.broken(Phase.GREETING, e));
        } catch (NoConnectionException e) {
            raw.drop();
            throw e;
        }
    }

    /** Whatever stops the user's supplier of tokens, its words may hold one. */
    private Optional<Secret> secret(Watch watch) throws NoConnectionException, InterruptedException {
        if (login.isEmpty() || login.get().isKnown()) {
            return login.map(how -> how.secret().get());
        }
        try {
            return Optional.of(
                    aside.call(watch, patience.reply(), NO_TOKEN, login.get().secret()::get));
        } catch (IOException | RuntimeException e) {
            throw new NoConnectionException(Delivery.broken(Phase.CONNECT, new RefusedHereException(NO_TOKEN)));
        }
    }

    /** Tries one address of the host after the other. */
    private BoundedSocket connected(Watch watch) throws NoConnectionException, InterruptedException {
        IOException failure = new RefusedHereException("no_address");
        long end = System.nanoTime() + connectTimeout.toNanos();
        try {
            InetAddress[] addresses =
                    aside.call(watch, connectTimeout, "look_up_timeout", () -> lookUp.addresses(host));
            for (InetAddress address : addresses) {
                BoundedSocket raw = new BoundedSocket();
                watch.over(raw::drop);
                try {
                    raw.setTcpNoDelay(true);
                    // The name goes with the address, else TLS and Angus Mail would look for it in the DNS.
                    InetAddress named = InetAddress.getByAddress(host, address.getAddress());
                    raw.connect(new InetSocketAddress(named, port), millisUntil(end));
                    return raw;
                } catch (IOException e) {
                    raw.drop();
                    failure = e instanceof SocketTimeoutException ? new RefusedHereException("connect_timeout") : e;
                }
            }
        } catch (IOException e) {
            failure = e;
        }
        throw new NoConnectionException(Delivery.broken(Phase.CONNECT, failure));
    }

    private static int millisUntil(long end) {
        return Math.toIntExact(Math.max(1, (end - System.nanoTime()) / 1_000_000));
    }

    private Socket secured(BoundedSocket raw) throws IOException {
        raw.setSoTimeout(Math.toIntExact(patience.reply().toMillis()));
        SSLSocket secured = (SSLSocket) sockets.createSocket(raw, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }
}
