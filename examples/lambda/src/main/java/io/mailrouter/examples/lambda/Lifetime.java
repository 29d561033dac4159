package io.mailrouter.examples.lambda;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import io.mailrouter.EmailServiceBuilder;
import java.util.function.BiConsumer;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.warmup.SdkWarmUp;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * What stays for the life of a function: opened when the JVM begins, and opened anew when it is restored from a snapshot.
 *
 * <p>No connection, no clock reading and no name of a node survives into a snapshot, which becomes many functions.
 */
final class Lifetime implements Resource {

    private static final Logger log = LoggerFactory.getLogger(Lifetime.class);

    private final Settings settings;
    private final BiConsumer<Settings, EmailServiceBuilder> more;
    private volatile @Nullable Wiring wiring;

    private Lifetime(Settings settings, BiConsumer<Settings, EmailServiceBuilder> more) {
        this.settings = settings;
        this.more = more;
    }

    /** Opens everything and asks to be told of snapshots. */
    static Lifetime open(Settings settings, BiConsumer<Settings, EmailServiceBuilder> more) {
        Lifetime lifetime = new Lifetime(settings, more);
        lifetime.wiring = new Wiring(settings, more);
        Core.getGlobalContext().register(lifetime);
        return lifetime;
    }

    SQSBatchResponse handle(SQSEvent event, com.amazonaws.services.lambda.runtime.Context context) {
        Wiring open = wiring;
        if (open == null) {
            throw new IllegalStateException("an event came while a snapshot was taken");
        }
        return open.handler().handleRequest(event, context);
    }

    /** Loads what the first requests need, so that the snapshot holds it, and closes the rest. */
    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        Wiring open = wiring;
        wiring = null;
        if (open != null) {
            open.close();
        }
        SdkWarmUp.warmUp(SesV2Client.class, SqsClient.class);
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) {
        wiring = new Wiring(settings, more);
        log.info("Opened anew, from a snapshot");
    }
}
