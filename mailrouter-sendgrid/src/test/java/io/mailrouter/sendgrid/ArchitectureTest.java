package io.mailrouter.sendgrid;

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
            .importPackages("io.mailrouter.sendgrid");

    @Test
    void seesTheEmailAndTheProviderSpiOfCoreOnly() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.mailrouter..")
                        .and(DescribedPredicate.not(resideInAnyPackage(
                                "io.mailrouter.email", "io.mailrouter.provider", "io.mailrouter.sendgrid"))))
                .check(ours);
    }

    @Test
    void showsTheProviderTheOptionsAndTheirBuildersOnly() {
        classes()
                .that()
                .arePublic()
                .should()
                .haveFullyQualifiedName("io.mailrouter.sendgrid.SendGridProvider")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.sendgrid.SendGridProvider$Builder")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.sendgrid.SendGridOptions")
                .orShould()
                .haveFullyQualifiedName("io.mailrouter.sendgrid.SendGridOptions$Builder")
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
