package io.mailrouter.email;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A template kept by the provider, with the values that it fills in.
 *
 * <p>An id means something to one provider only; name that provider with {@link EmailBuilder#onlyProviders}.
 *
 * @param id the provider's name or id of the template
 * @param variables values by name, handed over as data
 */
public record Template(String id, Map<String, String> variables) {

    /** @throws IllegalArgumentException naming the part that is wrong */
    public Template {
        HeaderText.checkNotEmpty("template id", id);
        variables.forEach((name, value) -> {
            HeaderText.checkNotEmpty("template variable name", name);
            HeaderText.utf8Length("template variable", value);
        });
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** Returns a count only: the values are personal. */
    @Override
    public String toString() {
        return "Template[" + variables.size() + " variables]";
    }
}
