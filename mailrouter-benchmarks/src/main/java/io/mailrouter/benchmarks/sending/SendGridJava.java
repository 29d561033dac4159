package io.mailrouter.benchmarks.sending;

import com.sendgrid.Client;
import com.sendgrid.Method;
import com.sendgrid.Request;
import com.sendgrid.Response;
import com.sendgrid.SendGrid;
import com.sendgrid.helpers.mail.Mail;
import com.sendgrid.helpers.mail.objects.Content;
import com.sendgrid.helpers.mail.objects.Email;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;

/** SendGrid's own library with its helper classes, over the client that it makes or over one that is handed to it. */
final class SendGridJava implements Sending {

    static final String KEY = "SG.0123456789012345678901.0123456789012345678901234567890123456789012";

    private static final int CONNECT_MILLIS = 2_000;

    private final Client client;
    private final SendGrid sendGrid;

    /** The second argument of the library's client chooses plain HTTP. */
    private SendGridJava(URI endpoint, CloseableHttpClient http) {
        client = new Client(http, true);
        sendGrid = new SendGrid(KEY, client);
        sendGrid.setHost(endpoint.getAuthority());
    }

    /** With the client that the library makes when it is given none: two connections to a host, no limit of time. */
    static SendGridJava byDefault(URI endpoint) {
        return new SendGridJava(endpoint, HttpClients.createDefault());
    }

    /** With a connection for each sender, limits of time and without repeats. */
    static SendGridJava pooled(URI endpoint, Duration timeout) {
        RequestConfig limits = RequestConfig.custom()
                .setConnectionRequestTimeout(CONNECT_MILLIS)
                .setConnectTimeout(CONNECT_MILLIS)
                .setSocketTimeout(Math.toIntExact(timeout.toMillis()))
                .build();
        return new SendGridJava(
                endpoint,
                HttpClients.custom()
                        .setMaxConnTotal(Pool.SIZE)
                        .setMaxConnPerRoute(Pool.SIZE)
                        .setDefaultRequestConfig(limits)
                        .disableAutomaticRetries()
                        .disableCookieManagement()
                        .build());
    }

    @Override
    public void send(Letter letter) throws IOException {
        Mail mail = new Mail(
                new Email(Letter.FROM, Letter.FROM_NAME),
                letter.subject(),
                new Email(Letter.TO),
                new Content("text/plain", letter.text()));
        mail.addContent(new Content("text/html", letter.html()));
        Request request = new Request();
        request.setMethod(Method.POST);
        request.setEndpoint("mail/send");
        request.setBody(mail.build());
        Response response = sendGrid.api(request);
        if (response.getStatusCode() != 202) {
            throw new IOException("SendGrid answered " + response.getStatusCode());
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
