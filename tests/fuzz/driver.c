// SPDX-License-Identifier: BSD-3-Clause
/* Where libFuzzer is not at hand: the seeds, and a fixed sequence of their mutations.
 *
 *     fuzz_NAME N SEED...    each seed as it is, then N inputs made of them
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 16, MOST_SEEDS = 64 };

typedef struct seed {
    size_t n;
    uint8_t *bytes;
} seed;

/* A generator good enough to pick bytes (Marsaglia 2003, doi:10.18637/jss.v008.i14). */
static size_t pick(uint64_t *state, size_t n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (size_t)(*state % n);
}

static seed read_seed(const char *path)
{
    seed s = {0, malloc(MOST_BYTES)};
    FILE *file = fopen(path, "rb");
    if (!file || !s.bytes) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    s.n = fread(s.bytes, 1, MOST_BYTES, file);
    fclose(file);
    return s;
}

/* Replace `cut` bytes at `at` by `n` others. */
static void splice(uint8_t *to, size_t *size, size_t at, size_t cut,
                   const uint8_t *from, size_t n)
{
    if (*size - cut + n > MOST_BYTES)
        return;
    memmove(to + at + n, to + at + cut, *size - at - cut);
    memcpy(to + at, from, n);
    *size += n - cut;
}

static void change(uint8_t *to, size_t *size, const seed *other, uint64_t *state)
{
    static const char liked[] =
        "{}[]\",:<>/&;#='\\-+.eE019 \n\r\t!?x\x80\xC3\xED\xF4\xFF";
    const size_t at = pick(state, *size + 1), left = *size - at;
    const uint8_t byte = pick(state, 3) ? (uint8_t)liked[pick(state, sizeof liked - 1)]
                                        : (uint8_t)pick(state, 256);
    uint8_t part[256];
    const size_t length = 1 + pick(state, sizeof part);
    switch (pick(state, 6)) {
    case 0: /* another byte */
        splice(to, size, at, left > 0, &byte, 1);
        break;
    case 1: /* one more */
        splice(to, size, at, 0, &byte, 1);
        break;
    case 2: /* some less */
        splice(to, size, at, left < length ? left : length, &byte, 0);
        break;
    case 3: /* a part twice */
        memcpy(part, to + at, left < length ? left : length);
        splice(to, size, pick(state, *size + 1), 0, part,
               left < length ? left : length);
        break;
    case 4: /* a part of another seed */
        if (other->n > 0) {
            const size_t from = pick(state, other->n);
            const size_t n = other->n - from < length ? other->n - from : length;
            splice(to, size, at, left < n ? left : n, other->bytes + from, n);
        }
        break;
    default: /* the end */
        *size -= pick(state, 8) == 0 ? left : 0;
    }
}

int main(int argc, char **argv)
{
    seed seeds[MOST_SEEDS];
    const size_t n_seeds = (size_t)(argc - 2);
    if (argc < 3 || n_seeds > MOST_SEEDS) {
        fprintf(stderr, "usage: %s N SEED...\n", argv[0]);
        return 64;
    }
    for (size_t i = 0; i < n_seeds; i++) {
        seeds[i] = read_seed(argv[i + 2]);
        LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].n);
    }
    uint64_t state = 20240229;
    static uint8_t work[MOST_BYTES];
    const long n = strtol(argv[1], NULL, 10);
    for (long i = 0; i < n; i++) {
        const seed *base = &seeds[pick(&state, n_seeds)];
        size_t size = base->n;
        memcpy(work, base->bytes, size);
        for (size_t k = 1 + pick(&state, 6); k > 0; k--)
            change(work, &size, &seeds[pick(&state, n_seeds)], &state);
        uint8_t *exact = malloc(size ? size : 1); /* a step too far is seen */
        memcpy(exact, work, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    for (size_t i = 0; i < n_seeds; i++)
        free(seeds[i].bytes);
    printf("%zu seeds and %ld mutations passed\n", n_seeds, n);
    return 0;
}
