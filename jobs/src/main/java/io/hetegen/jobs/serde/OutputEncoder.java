package io.hetegen.jobs.serde;

import io.hetegen.schemas.Completion;
import io.hetegen.schemas.TokenPreview;
import java.io.Serializable;

/** Writes output records as bytes; equal records give equal bytes. */
public interface OutputEncoder extends Serializable {

    byte[] encode(Completion completion);

    byte[] encode(TokenPreview preview);
}
