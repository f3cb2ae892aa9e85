/*
 * Round to nearest, no exceptions, subnormals as they are, halves as IEEE 754 has them: what the arithmetic asks for,
 * whatever the thread had. enter() gives what leave() restores.
 */
#ifndef HETEGEN_FLOAT_CONTROL_H
#define HETEGEN_FLOAT_CONTROL_H

#if defined(__x86_64__)

#include <xmmintrin.h>

/* The lowest bits of MXCSR say which exceptions there were. */
enum { CONTROL = 0x1f80, CONTROL_BITS = 0xffc0 };

static inline unsigned long get_control(void) { return _mm_getcsr(); }
static inline void set_control(unsigned long control) { _mm_setcsr((unsigned)control); }

#elif defined(__aarch64__)

enum { CONTROL = 0, CONTROL_BITS = -1 };

static inline unsigned long get_control(void) {
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control;
}
static inline void set_control(unsigned long control) { __asm__ volatile("msr fpcr, %0" : : "r"(control)); }

#endif

static inline unsigned long enter(void) {
    unsigned long control = get_control();
    if ((control & CONTROL_BITS) != CONTROL) {
        set_control(CONTROL);
    }
    return control;
}

static inline void leave(unsigned long control) {
    if ((control & CONTROL_BITS) != CONTROL) {
        set_control(control);
    }
}

#endif
