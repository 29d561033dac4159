package io.mailrouter.smtp;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Names why a conversation broke off, without the words of the exception. */
final class Failures {

    /** The code of a failure that somebody must mend at the server or in this machine's trust store. */
    static final String CERTIFICATE = "tls_certificate";

    private static final int MAX_DEPTH = 10;

    private Failures() {}

    static String code(Throwable failure) {
        Throwable link = failure;
        for (int depth = 0; link != null && depth < MAX_DEPTH; depth++) {
            String code = named(link);
            if (!code.isEmpty()) {
                return code;
            }
            link = link.getCause();
        }
        return "other";
    }

    private static String named(Throwable link) {
        if (link instanceof RefusedHereException refused) {
            return refused.code();
        }
        if (link instanceof UnknownHostException) {
            return "unknown_host";
        }
        if (link instanceof ConnectException || link instanceof NoRouteToHostException) {
            return "connection_refused";
        }
        if (link instanceof SSLPeerUnverifiedException
                || (link instanceof SSLException && link.getCause() instanceof CertificateException)) {
            return CERTIFICATE;
        }
        if (link instanceof SSLException) {
            return link instanceof SSLHandshakeException ? "tls_handshake" : "tls";
        }
        if (link instanceof SocketTimeoutException) {
            return "read_timeout";
        }
        if (link instanceof SocketException) {
            return "reset";
        }
        return link instanceof EOFException ? "connection_closed" : "";
    }
}
