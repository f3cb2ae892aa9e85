/* Which instruction sets this machine runs. */
#include "bridge.h"

NATIVE(jlong, kernels)(JNIEnv *env, jclass class, jstring name) {
    (void)class;
    const char *chars = (*env)->GetStringUTFChars(env, name, NULL);
    if (!chars) {
        return 0;
    }
    const struct kernels *kernels = runnable_kernels(chars);
    (*env)->ReleaseStringUTFChars(env, name, chars);
    return (jlong)(intptr_t)kernels;
}
