package io.mailrouter.sendgrid;

import com.sendgrid.Client;
import com.sendgrid.Request;
import com.sendgrid.Response;
import io.mailrouter.provider.CallWatch;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.config.SocketConfig;
import org.apache.http.entity.ContentType;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.impl.conn.PoolingHttpClientConnectionManager;

/**
 * The client under sendgrid-java: pooled, bounded in time and bytes, and without repeats, redirects or cookies.
 *
 * <p>Safe to share between threads. It makes {@link OneCall}s only.
 */
final class PooledClient extends Client {

    private static final int MAX_ANSWER = 64 << 10;
    /** Connections that were idle for longer are looked at before use, for a dead one leaves the outcome unknown. */
    private static final int VALIDATE_AFTER_MILLIS = 100;

    private static final int SPARE_MILLIS = 1_000;

    private final CloseableHttpClient http;
    private final CallWatch watch;
    private final URI endpoint;
    private final Duration connectTimeout;
    private final Duration responseTimeout;

    private PooledClient(
            CloseableHttpClient http,
            CallWatch watch,
            URI endpoint,
            Duration connectTimeout,
            Duration responseTimeout) {
        super(http);
        this.http = http;
        this.watch = watch;
        this.endpoint = endpoint;
        this.connectTimeout = connectTimeout;
        this.responseTimeout = responseTimeout;
    }

    static PooledClient open(
            String name, URI endpoint, Duration connectTimeout, Duration responseTimeout, int maxConnections) {
        PoolingHttpClientConnectionManager pool = new PoolingHttpClientConnectionManager(new QuietConnections());
        pool.setMaxTotal(maxConnections);
        pool.setDefaultMaxPerRoute(maxConnections);
        pool.setValidateAfterInactivity(VALIDATE_AFTER_MILLIS);
        pool.setDefaultSocketConfig(SocketConfig.custom()
                .setTcpNoDelay(true)
                .setSoTimeout(Math.toIntExact(connectTimeout.toMillis()))
                .build());
        CloseableHttpClient http = HttpClients.custom()
                .setConnectionManager(pool)
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
        return new PooledClient(http, new CallWatch(name), endpoint, connectTimeout, responseTimeout);
    }

    /**
     * Makes the one request. sendgrid-java's own way would turn every exception into a text and read without bound.
     *
     * @throws IOException as the connection threw it
     */
    @Override
    public Response api(Request request) throws IOException {
        if (!(request instanceof OneCall call)) {
            throw new IllegalArgumentException("request is not a OneCall: it would have no deadline");
        }
        HttpPost post = new HttpPost(endpoint.resolve("/" + request.getEndpoint()));
        request.getHeaders().forEach(post::setHeader);
        post.setHeader("Content-Type", ContentType.APPLICATION_JSON.getMimeType());
        post.setEntity(call.entity());
        post.setConfig(config(call.remaining()));
        CallWatch.Call watched = watch.watch(call.remaining(), reason -> call.end(post, reason));
        try (CloseableHttpResponse response = http.execute(post)) {
            Map<String, String> headers = new HashMap<>();
            for (Header header : response.getAllHeaders()) {
                headers.put(header.getName(), header.getValue());
            }
            return new Response(response.getStatusLine().getStatusCode(), body(response), headers);
        } finally {
            watched.close();
        }
    }

    private RequestConfig config(Duration remaining) {
        int connect = Math.toIntExact(Math.min(connectTimeout.toMillis(), remaining.toMillis()));
        // Only where it is shorter than what remains: else two limits would race to name the outcome.
        int read = Math.toIntExact(Math.min(responseTimeout.toMillis(), remaining.toMillis() + SPARE_MILLIS));
        return RequestConfig.custom()
                .setConnectionRequestTimeout(connect)
                .setConnectTimeout(connect)
                .setSocketTimeout(read)
                .build();
    }

    /** The status has said what there is to say; a body that breaks off takes nothing back. */
    private static String body(CloseableHttpResponse response) {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            return "";
        }
        try {
            // Not closed here: closing would read an endless body to its end. Closing the response drops what is left.
            InputStream content = entity.getContent();
            byte[] body = content.readNBytes(MAX_ANSWER);
            if (body.length < MAX_ANSWER) {
                content.close();
            }
            return new String(body, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() throws IOException {
        watch.close();
        http.close();
    }
}
