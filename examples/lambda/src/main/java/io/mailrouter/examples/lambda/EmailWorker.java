package io.mailrouter.examples.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;

/** The handler that Lambda is told to call. The README says what it reads from the environment. */
public final class EmailWorker implements RequestHandler<SQSEvent, SQSBatchResponse> {

    private final Lifetime lifetime = Lifetime.open(Settings.from(System.getenv()), (settings, service) -> {});

    /** Begins; Lambda does so once for each environment, and reports what is wrong with the variables. */
    public EmailWorker() {}

    @Override
    public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
        return lifetime.handle(event, context);
    }
}
