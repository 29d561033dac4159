package io.mailrouter.micrometer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final String OF_QUEUES = ".*\\.(QueueMetrics|MessageObservations)(\\$.*)?";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.micrometer");

    @Test
    void listensAndNothingElse() {
        classes()
                .that()
                .haveNameNotMatching(OF_QUEUES)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.mailrouter.micrometer",
                        "io.mailrouter",
                        "io.mailrouter.event",
                        "io.mailrouter.health",
                        "io.mailrouter.limit",
                        "io.mailrouter.provider",
                        "io.micrometer.core..",
                        "io.micrometer.observation..",
                        "io.micrometer.common..",
                        "java..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void onlyWhatWatchesQueuesSeesTheFront() {
        classes()
                .that()
                .haveNameMatching(OF_QUEUES)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.mailrouter.micrometer",
                        "io.mailrouter.sqs",
                        "io.micrometer.core..",
                        "io.micrometer.observation..",
                        "io.micrometer.common..",
                        "java..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void keepsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }
}
