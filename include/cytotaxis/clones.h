/**
 * @file clones.h
 * @brief One plain loop, compiled for several instruction sets.
 *
 * A function marked CYT_CLONES is compiled once for each set and the loader picks the
 * best the processor has. The advantage over intrinsics: one source, in C. The price:
 * whether the loop is vectorised is the compiler's choice, so a benchmark has to watch
 * it. All clones give the same bits, because multiplications and additions are never
 * fused
 * (-ffp-contract=off) nor reordered.
 *
 * Sanitizers run before the loader has resolved such functions; their builds define
 * CYT_NO_CLONES.
 */
#ifndef CYT_CLONES_H
#define CYT_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                 \
    !defined(CYT_NO_CLONES)
#define CYT_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CYT_CLONES
#endif

/** A helper that must become part of each clone of its caller. */
#define CYT_IN_CLONES static inline __attribute__((always_inline))

#endif
