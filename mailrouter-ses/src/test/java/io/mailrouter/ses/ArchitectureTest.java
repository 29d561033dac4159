package io.mailrouter.ses;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private final JavaClasses ours = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.ses");

    @Test
    void seesTheEmailAndTheProviderSpiOfCoreOnly() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.mailrouter..")
                        .and(DescribedPredicate.not(resideInAnyPackage(
                                "io.mailrouter.email", "io.mailrouter.provider", "io.mailrouter.ses"))))
                .check(ours);
    }

    @Test
    void showsTheProviderAndItsOptionsOnly() {
        classes()
                .that()
                .arePublic()
                .should()
                .haveFullyQualifiedName("io.mailrouter.ses.SesProvider")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.ses.SesProvider$Builder")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.ses.SesOptions")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.ses.SesOptions$Builder")
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
