package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every public way to make a value of an email, found by reflection, so that a new one cannot be forgotten. */
class HeaderBoundFieldsTest {

    private static final byte[] MIME = "Subject: s\r\n\r\nbody".getBytes();

    /** Arguments that each way takes. */
    private static final Map<String, List<Object>> GOOD = Map.of(
            "Attachment.of", List.of("a.txt", "text/plain", new byte[] {1}),
            "Attachment.inline", List.of("cid", "a.png", "image/png", new byte[] {1}),
            "EmailAddress.parse", List.of("Ada <ada@example.org>"),
            "EmailAddress.of", List.of("Ada", "ada@example.org"),
            "EmailAddress.new", List.of("Ada", "ada", "example.org"),
            "Template.new", List.of("t-1", Map.of("name", "value")),
            "Tracking.new", List.of(true, true),
            "Unsubscribe.new", List.of(URI.create("https://example.com/u")),
            "RawMime.of", List.of(MIME));

    private static final Map<String, Executable> WAYS = ways();

    private static Map<String, Executable> ways() {
        Map<String, Executable> ways = new LinkedHashMap<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.mailrouter.email")) {
            // What emails have in common is made of emails, and a form letter of bodies: FormLetterTest holds it to C1.
            if (Set.of("Alike", "FormLetter").contains(type.getSimpleName())) {
                continue;
            }
            if (!type.getModifiers().contains(JavaModifier.PUBLIC) || type.isEnum() || type.isInterface()) {
                continue;
            }
            Class<?> reflected = type.reflect();
            Stream.concat(Arrays.stream(reflected.getConstructors()), Arrays.stream(reflected.getDeclaredMethods()))
                    .filter(way -> Modifier.isPublic(way.getModifiers()) && way.getParameterCount() > 0)
                    .filter(way -> way instanceof Constructor || Modifier.isStatic(way.getModifiers()))
                    .forEach(way -> ways.put(
                            reflected.getSimpleName() + "." + (way instanceof Method ? way.getName() : "new"), way));
        }
        return ways;
    }

    @Test
    void knowsEveryWayToMakeAValue() {
        assertThat(WAYS.keySet()).as("a new way needs a row here").isEqualTo(GOOD.keySet());
        WAYS.forEach((name, way) -> assertThat(failure(way, GOOD.get(name))).isNull());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\r", "\n", "\0", "\u0085", "\u2028", "\u2029", "\u007f", "\u001b"})
    @DisplayName("C1 no value of an email takes a control character, and the error names the field, not the value")
    void refusesControlCharacters(String control) {
        WAYS.forEach((name, way) -> {
            List<Object> good = GOOD.get(name);
            for (int i = 0; i < good.size(); i++) {
                Object[] arguments = good.toArray();
                if (good.get(i) instanceof String text) {
                    arguments[i] = text.charAt(0) + control + "canary" + text.substring(1);
                } else if (good.get(i) instanceof Map) {
                    arguments[i] = Map.of("x" + control + "canary", "value");
                } else {
                    continue;
                }
                assertThat(failure(way, Arrays.asList(arguments)))
                        .as(name + ", argument " + i)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageMatching("(?s)(display name|address|local part|domain|attachment|template) ?.+")
                        .hasMessageNotContaining("canary")
                        .hasNoCause();
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\r", "\n", "\0"})
    @DisplayName("C1 the error of the builder names its field")
    void namesTheField(String control) throws IllegalAccessException {
        for (Method method : EmailBuilder.class.getDeclaredMethods()) {
            if (!Modifier.isPublic(method.getModifiers())
                    || !Arrays.asList(method.getParameterTypes()).contains(String.class)
                    || List.of("text", "html", "variable").contains(method.getName())) {
                continue;
            }
            Object[] arguments = new Object[method.getParameterCount()];
            Arrays.fill(arguments, "canary" + control + "@example.org");

            assertThat(failure(method, Arrays.asList(arguments)))
                    .as(method.getName())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(method.getName())
                    .hasMessageNotContaining("canary");
        }
    }

    @Test
    @DisplayName("C2 letters whose low bytes are CR and LF stay letters, or are refused where only ASCII fits")
    void keepsLettersThatTruncateToLineEnds() {
        String letters = "\u010D\u010ABcc: x";
        Email email = Email.builder()
                .from(EmailAddress.of("F" + letters, "shop@example.com"))
                .to("\u010D\u010A@example.org")
                .subject("S" + letters)
                .text("t")
                .header("X-A", letters)
                .tag(letters)
                .metadata(letters, letters)
                .idempotencyKey(letters)
                .attach(Attachment.of(letters, "text/plain", new byte[] {1}))
                .build();

        assertThat(email.subject()).isEqualTo("S" + letters);
        assertThat(email.from().name()).isEqualTo("F" + letters);
        assertThat(email.to().get(0).localPart()).isEqualTo("\u010D\u010A");
        assertThat(email.headers()).isEqualTo(Map.of("X-A", letters));
        assertThat(email.attachments().get(0).name()).isEqualTo(letters);
        for (Map.Entry<String, Integer> ascii :
                Map.of("Attachment.of", 1, "Attachment.inline", 0).entrySet()) {
            Object[] arguments = GOOD.get(ascii.getKey()).toArray();
            arguments[ascii.getValue()] = "x/y\u010D\u010A";
            assertThat(failure(WAYS.get(ascii.getKey()), Arrays.asList(arguments)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(catchThrowable(() -> Email.builder().header("X\u010D\u010A", "x")))
                .hasMessageContaining("ASCII");
        assertThat(new Unsubscribe(URI.create("https://example.com/\u010D\u010A")).listUnsubscribe())
                .isEqualTo("<https://example.com/%C4%8D%C4%8A>");
    }

    @Test
    @DisplayName("C8 nothing of an email is read from a URL, a path or a stream")
    void readsNothingFromElsewhere() {
        List<String> readable = Stream.concat(
                        WAYS.entrySet().stream(),
                        Arrays.stream(EmailBuilder.class.getDeclaredMethods()).map(m -> Map.entry(m.getName(), m)))
                .filter(way -> Stream.of(way.getValue().getParameterTypes())
                        .anyMatch(type -> List.of("URI", "URL", "Path", "File", "InputStream", "Reader", "Supplier")
                                .contains(type.getSimpleName())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toList());

        assertThat(readable)
                .as("an address that mail programs call, and we never")
                .containsExactly("Unsubscribe.new");
    }

    /** What a call threw, null for nothing. */
    private static @Nullable Throwable failure(Executable way, List<Object> arguments) {
        return catchThrowable(() -> {
            try {
                if (way instanceof Constructor<?> constructor) {
                    constructor.newInstance(arguments.toArray());
                } else {
                    boolean isStatic = Modifier.isStatic(way.getModifiers());
                    ((Method) way).invoke(isStatic ? null : Email.builder(), arguments.toArray());
                }
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
