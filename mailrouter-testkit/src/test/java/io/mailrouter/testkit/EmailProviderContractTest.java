package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Each sentence of the contract is broken by a provider that is wrong in one way; {@link WebMailContractTest} by none. */
class EmailProviderContractTest {

    private static final String THE_JVM = "threads and logs of the JVM";

    private static EngineTestKit.Builder jupiter() {
        return EngineTestKit.engine("junit-jupiter");
    }

    private static final Set<String> LOOK_AT_THE_WHOLE_JVM =
            Set.of("closeLeavesNothing", "nothingPersonalOrSecretIsTold");

    private static Stream<Flaw> flawsThatMayMeetOthers() {
        return Arrays.stream(Flaw.values()).filter(flaw -> !LOOK_AT_THE_WHOLE_JVM.contains(flaw.sentence()));
    }

    private static Stream<Flaw> flawsThatMayNotMeetOthers() {
        return Arrays.stream(Flaw.values()).filter(flaw -> LOOK_AT_THE_WHOLE_JVM.contains(flaw.sentence()));
    }

    @ParameterizedTest
    @MethodSource("flawsThatMayMeetOthers")
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(value = THE_JVM, mode = ResourceAccessMode.READ)
    void noFlawPassesItsSentenceAndTheFailureTellsIt(Flaw flaw) {
        assertFails(flaw);
    }

    @ParameterizedTest
    @MethodSource("flawsThatMayNotMeetOthers")
    @ResourceLock(THE_JVM)
    void noFlawPassesASentenceAboutTheWholeJvm(Flaw flaw) {
        assertFails(flaw);
    }

    /** Whoever meets such a failure has not read this code: its words alone have to say what is wrong. */
    private static void assertFails(Flaw flaw) {
        jupiter()
                .configurationParameter(FlawedContract.FLAW, flaw.name())
                .selectors(selectMethod(FlawedContract.class, flaw.sentence()))
                .execute()
                .testEvents()
                .assertStatistics(tests -> tests.started(1))
                .assertThatEvents()
                .haveExactly(1, finishedWithFailure(message(words -> words.contains(flaw.words()))));
    }

    @Test
    void everySentenceHasAFlawThatBreaksItAndThePagesCountThem() throws IOException {
        List<String> sentences =
                jupiter()
                        .selectors(selectClass(FlawedContract.class))
                        .discover()
                        .getEngineDescriptor()
                        .getDescendants()
                        .stream()
                        .filter(TestDescriptor::isTest)
                        .map(TestDescriptor::getSource)
                        .flatMap(Optional::stream)
                        .map(source ->
                                ((org.junit.platform.engine.support.descriptor.MethodSource) source).getMethodName())
                        .toList();

        assertThat(sentences).hasSizeGreaterThan(50);
        assertThat(Arrays.stream(Flaw.values()).map(Flaw::sentence)).containsAll(sentences);
        assertThat(Files.readString(Path.of("README.md"))).contains(" " + sentences.size() + " tests");
        assertThat(Files.readString(Path.of("../examples/custom-provider/README.md")))
                .contains(" " + sentences.size() + " sentences");
    }
}
