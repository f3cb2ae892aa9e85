package io.hetegen.engine;

/** Number format in which keys and values are kept and read back; part of the arithmetic of an answer. */
public enum KvType {
    F16,
    F32
}
