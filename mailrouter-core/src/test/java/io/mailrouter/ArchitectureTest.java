package io.mailrouter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter");

    private static final String[] PEERS = {
        "io.mailrouter.route",
        "io.mailrouter.health",
        "io.mailrouter.limit",
        "io.mailrouter.idempotency",
        "io.mailrouter.suppression",
        "io.mailrouter.event"
    };

    @Test
    void importsOnlyDownwards() {
        noClasses()
                .that()
                .resideInAPackage("io.mailrouter.email")
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.mailrouter..")
                        .and(JavaClass.Predicates.resideOutsideOfPackage("io.mailrouter.email")))
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("io.mailrouter.provider")
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.mailrouter..")
                        .and(JavaClass.Predicates.resideOutsideOfPackages(
                                "io.mailrouter.email", "io.mailrouter.provider")))
                .check(CLASSES);
    }

    @Test
    void peersNeverImportEachOther() {
        for (String peer : PEERS) {
            noClasses()
                    .that()
                    .resideInAPackage(peer)
                    .should()
                    .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.mailrouter..")
                            .and(JavaClass.Predicates.resideOutsideOfPackages(
                                    peer, "io.mailrouter.email", "io.mailrouter.provider")))
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }
    }

    @Test
    void restsOnThreeLibrariesOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.mailrouter..", "java..", "org.slf4j..", "org.jspecify..", "io.github.resilience4j..")
                .check(CLASSES);
    }

    @Test
    void resilience4jStaysBehindTheBreaker() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.Breaker(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.github.resilience4j..")
                .check(CLASSES);
    }

    @Test
    void usesNoReflectionAndNoServiceLoader() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.reflect")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.util.ServiceLoader.class)
                .check(CLASSES);
    }

    @Test
    void keepsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }
}
