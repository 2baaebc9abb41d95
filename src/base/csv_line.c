// SPDX-License-Identifier: BSD-3-Clause
//
// A line of delimited text, found and split in one pass.
//
// Of 64 bytes at a time three words are made, a bit a byte: separators, newlines,
// quotes. All questions about the line are then answered by arithmetic on words, and a
// step is taken per field, not per byte. Where a line has quotes, the bytes inside them
// are those behind an odd number of quotes: a prefix "exclusive or".
//
// Quotes are taken only in the form that needs no second look: all fields that start
// with one end with one, and there are no others. Then no quote stands for itself, none
// lies inside a bare field and nothing follows a closing one.
//
// The idea of the words is that of Langdale and Lemire, doi:10.1007/s00778-019-00578-5.
#include "cytotaxis/csv_record.h"

#include "base/bytes.h"

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct marks {
    uint64_t separators, newlines, quotes; /* bit i: text[i] is one */
};

#ifdef __SSE2__ /* every x86-64 */
static uint64_t marks_of(const __m128i quarter[4], char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |=
            (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(quarter[i], wanted))
            << 16 * i;
    return bits;
}

static struct marks find_marks(const char *text, char separator)
{
    __m128i quarter[4];
    for (int i = 0; i < 4; i++)
        quarter[i] = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
    return (struct marks){marks_of(quarter, separator), marks_of(quarter, '\n'),
                          marks_of(quarter, '"')};
}
#else
/* The multiplication brings the lowest bits of eight bytes together in the highest. */
static uint64_t marks_of(const char *text, char byte)
{
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= cyt_equal_bytes(text + 8 * i, byte) * UINT64_C(0x0102040810204080) >>
                56 << 8 * i;
    return bits;
}

static struct marks find_marks(const char *text, char separator)
{
    return (struct marks){marks_of(text, separator), marks_of(text, '\n'),
                          marks_of(text, '"')};
}
#endif

/* Bits set, added up in ever wider fields (Warren, Hacker's Delight, 5-1): the builtin
 * is a call where the machine need not have the instruction. */
static size_t count_bits(uint64_t word)
{
    word -= word >> 1 & CYT_BYTE_ONES * 0x55;
    word = (word & CYT_BYTE_ONES * 0x33) + (word >> 2 & CYT_BYTE_ONES * 0x33);
    word = (word + (word >> 4)) & CYT_BYTE_ONES * 0x0F;
    return (size_t)(word * CYT_BYTE_ONES >> 56);
}

/* Where we are in a line. */
struct line {
    char *text;
    size_t start;            /* of the field being read */
    uint64_t inside;         /* all ones behind an odd number of quotes */
    size_t n_quotes, quoted; /* quotes seen; fields in quotes */
    size_t n_wanted;
    cyt_record *record;
};

/* The field that ends before byte `end`; 0 when it starts with a quote and does not end
 * with another. */
static int take_field(struct line *line, size_t end)
{
    cyt_field field = {line->text + line->start, end - line->start, line->start + 1};
    if (field.length > 0 && field.text[0] == '"') {
        if (field.length < 2 || field.text[field.length - 1] != '"')
            return 0;
        field.text++;
        field.length -= 2;
        line->quoted++;
    }
    if (line->record->n < line->n_wanted)
        line->record->field[line->record->n] = field;
    line->record->n++;
    line->start = end + 1;
    return 1;
}

/* Behind the last field that is wanted, and where no quote is near, only the first
 * separator, which may end a field in quotes, is more than a count. */
static int take_fields(struct line *line, size_t at, uint64_t separators,
                       uint64_t quotes)
{
    while (separators) {
        if (!take_field(line, at + (size_t)__builtin_ctzll(separators)))
            return 0;
        separators &= separators - 1;
        if (separators && !quotes && line->record->n >= line->n_wanted) {
            line->record->n += count_bits(separators);
            line->start = at + 64 - (size_t)__builtin_clzll(separators);
            return 1;
        }
    }
    return 1;
}

/* Bits behind an odd number of quotes, the quote itself included. */
static uint64_t bits_inside(struct line *line, uint64_t quotes)
{
    uint64_t inside = quotes;
    if (quotes == 0)
        return line->inside;
    for (int shift = 1; shift < 64; shift *= 2)
        inside ^= inside << shift;
    return inside ^ line->inside;
}

/* Separators and newline outside quotes; 0 when a newline comes inside. */
static int leave_quotes(struct line *line, struct marks *m, uint64_t *end)
{
    const uint64_t inside = bits_inside(line, m->quotes);
    *end = m->newlines & ~inside;
    *end &= ~*end + 1;
    if (m->newlines & inside & (*end - 1))
        return 0;
    m->separators &= ~inside;
    m->quotes &= *end - 1;
    line->n_quotes += count_bits(m->quotes);
    line->inside = (uint64_t)0 - (inside >> 63);
    return 1;
}

size_t cyt_csv_line(char *text, size_t n, char separator, size_t n_wanted,
                    cyt_record *record)
{
    struct line line = {.text = text, .n_wanted = n_wanted, .record = record};
    record->n = 0;
    for (size_t at = 0; at < n; at += 64) {
        struct marks m = find_marks(text + at, separator);
        if (n - at < 64) {
            const uint64_t ours = (UINT64_C(1) << (n - at)) - 1;
            m = (struct marks){m.separators & ours, m.newlines & ours, m.quotes & ours};
        }
        uint64_t end = m.newlines & (~m.newlines + 1);
        if (((m.quotes & (end - 1)) || line.n_quotes) && !leave_quotes(&line, &m, &end))
            return 0;
        if (!take_fields(&line, at, m.separators & (end - 1), m.quotes & (end - 1)))
            return 0;
        if (end == 0)
            continue;
        const size_t stop = at + (size_t)__builtin_ctzll(end);
        const int cr = stop > 0 && text[stop - 1] == '\r';
        if (!take_field(&line, stop - (size_t)cr) || line.n_quotes != 2 * line.quoted)
            return 0;
        return stop + 1;
    }
    return 0;
}
