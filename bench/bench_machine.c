// SPDX-License-Identifier: BSD-3-Clause
/* What one core of this machine can do at most: the roof that roofline.py puts over the
 * kernels.
 *
 *     bench_machine        prints `copy GB/s` and `peak GFlop/s`
 *
 * copy: 256 MiB from one array to another, each byte counted when read and when
 * written, the best of some. peak: fused multiply-adds in double on sixteen independent
 * vectors, which is more than latency times throughput of any core so far. Compiled for
 * this very machine, so that the vectors are its widest. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 7, LANES = 8, CHAINS = 16, ROUNDS = 1 << 24 };
static const size_t n_bytes = (size_t)256 << 20;

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double copy_bytes_per_s(char *to, const char *from)
{
    double best = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        const double begin = now();
        memcpy(to, from, n_bytes);
        __asm__ volatile("" : : "r"(to) : "memory");
        const double rate = 2 * (double)n_bytes / (now() - begin);
        best = rate > best ? rate : best;
    }
    return best;
}

static double flops_per_s(void)
{
    lanes sum[CHAINS];
    double best = 0, check = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        const lanes factor = (lanes){0} + 0.999, add = (lanes){0} + 1e-3;
        for (int c = 0; c < CHAINS; c++)
            sum[c] = (lanes){0} + (double)c;
        const double begin = now();
        for (int r = 0; r < ROUNDS / CHAINS; r++)
            for (int c = 0; c < CHAINS; c++)
                sum[c] = sum[c] * factor + add;
        const double wall_s = now() - begin;
        for (int c = 0; c < CHAINS; c++)
            check += sum[c][0];
        const double rate = 2.0 * LANES * ROUNDS / wall_s;
        best = rate > best ? rate : best;
    }
    return check > 0 ? best : 0;
}

int main(void)
{
    char *from = malloc(n_bytes), *to = malloc(n_bytes);
    if (!from || !to)
        return 1;
    memset(from, 1, n_bytes);
    memset(to, 2, n_bytes);
    printf("copy %.2f\npeak %.2f\n", copy_bytes_per_s(to, from) / 1e9,
           flops_per_s() / 1e9);
    free(from);
    free(to);
    return 0;
}
