/**
 * @file bytes.h
 * @brief Eight bytes of text in one word: the same on any machine, no wider registers.
 */
#ifndef CYT_BYTES_H
#define CYT_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** One in each byte. */
#define CYT_BYTE_ONES UINT64_C(0x0101010101010101)

/** Eight bytes as a word whose lowest byte is the first, on any machine. */
static inline uint64_t cyt_load_word(const char *text)
{
    uint64_t word;
    memcpy(&word, text, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/** Bytes of text[0 .. 8) equal to `byte` become 1, all others 0. */
static inline uint64_t cyt_equal_bytes(const char *text, char byte)
{
    const uint64_t low = CYT_BYTE_ONES * 0x7F;
    const uint64_t word = cyt_load_word(text) ^ CYT_BYTE_ONES * (unsigned char)byte;
    return ~(((word & low) + low) | word | low) >> 7;
}

#endif
