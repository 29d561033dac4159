package io.mailrouter.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private final JavaClasses ours = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.testkit");

    @Test
    void seesTheEmailTheProviderAndTheTestLibrariesOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl",
                        "org.jspecify..",
                        "org.junit.jupiter.api..",
                        "org.opentest4j..",
                        "org.assertj.core..",
                        "io.mailrouter.email",
                        "io.mailrouter.idempotency",
                        "io.mailrouter.suppression",
                        "io.mailrouter.provider",
                        "io.mailrouter.testkit",
                        "org.slf4j..",
                        "ch.qos.logback..")
                .check(ours);
    }

    @Test
    void needsLogbackForWhoAsksForItOnly() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.LogbackLines(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.slf4j..", "ch.qos.logback..")
                .check(ours);
    }

    @Test
    void usesNoReflectionNorServiceLoaderNorSystemProperties() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.ServiceLoader")
                .orShould()
                .callMethod(System.class, "setProperty", String.class, String.class)
                .check(ours);
    }

    @Test
    void hasNoStaticFieldThatCanBeReplaced() {
        fields().that().areStatic().should().beFinal().check(ours);
    }
}
