package io.hetegen.deploy;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder that the build assembled, where a user would unpack it. */
record Distribution(Path folder) {

    /** The build's, which says where it is in a system property. */
    static Distribution assembled() {
        Path folder = Path.of(System.getProperty("hetegen.distribution"));
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException("no distribution at " + folder + "; run ./mvnw package first");
        }
        return new Distribution(folder);
    }

    Path lib() {
        return folder.resolve("lib");
    }

    Path conf() {
        return folder.resolve("conf");
    }

    Path jobJar() {
        return folder.resolve("jobs/hetegen-jobs.jar");
    }
}
