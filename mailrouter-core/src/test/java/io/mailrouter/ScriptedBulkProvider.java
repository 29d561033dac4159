package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Takes up to three emails in one request, and answers for them what it is told to. */
final class ScriptedBulkProvider implements BulkEmailProvider {

    interface BulkScript {
        List<Outcome> answer(List<Entry> entries, Attempt.Context context);
    }

    final ScriptedProvider single;
    final List<List<Entry>> requests = new CopyOnWriteArrayList<>();
    final List<Attempt.Context> contexts = new CopyOnWriteArrayList<>();
    volatile int most = 3;
    volatile BulkScript script = (entries, context) -> outcomes(
            entries, email -> new Outcome.Accepted("b-" + email.to().get(0).localPart()));

    ScriptedBulkProvider(String name) {
        single = new ScriptedProvider(name);
    }

    static List<Outcome> outcomes(List<Entry> entries, Function<Email, Outcome> outcome) {
        return entries.stream().map(entry -> outcome.apply(entry.email())).toList();
    }

    ScriptedBulkProvider each(Function<Email, Outcome> outcome) {
        script = (entries, context) -> outcomes(entries, outcome);
        return this;
    }

    @Override
    public String name() {
        return single.name();
    }

    @Override
    public Capabilities capabilities() {
        return single.capabilities();
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        return single.send(email, context);
    }

    @Override
    public int together(List<Email> alike) {
        return most;
    }

    @Override
    public List<Outcome> sendBulk(List<Entry> entries, Attempt.Context context) {
        requests.add(entries);
        contexts.add(context);
        return script.answer(entries, context);
    }
}
