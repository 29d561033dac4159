package io.mailrouter.examples.lambda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.mailrouter.examples.lambda");

    @Test
    void knowsRedisInOneClassThatOnlyItsOwnJarNeeds() {
        noClasses()
                .that()
                .doNotHaveSimpleName("RedisEmailWorker")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.mailrouter.redis..", "io.lettuce..")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("RedisEmailWorker")
                .check(CLASSES);
    }

    @Test
    void bringsNeitherNettyNorApachesNewClient() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "org.apache..", "software.amazon.awssdk.http.apache..")
                .check(CLASSES);
        assertThat(System.getProperty("java.class.path")).doesNotContain("apache5-client", "apache-client");
    }

    @Test
    void keepsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(CLASSES);
    }
}
