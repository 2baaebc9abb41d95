// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/row_store.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { FIRST_ROWS = 1024, FIRST_SLOTS = 256, SMALL_BYTES = 1 << 20 };

/* Each column to its place in an array with room for `capacity` rows, last one first.
 */
static void spread_values(cyt_rows *rows, size_t old_capacity, size_t capacity)
{
    for (size_t c = rows->n_values; c-- > 1;)
        memmove(rows->values + c * capacity, rows->values + c * old_capacity,
                rows->n * sizeof *rows->values);
}

/* A small array moves into one of just the size asked for; a large one doubles, which
 * the system does without a second copy. */
static cyt_code grow_array(void *array, size_t old, size_t capacity, size_t size,
                           cyt_error *err)
{
    void *from, *to;
    if (old * size > SMALL_BYTES)
        return cyt_grow(array, &old, capacity, size, "the rows of a slide", err);
    to = cyt_alloc(capacity, size, "the rows of a slide", err);
    if (!to)
        return err->code;
    memcpy(&from, array, sizeof from);
    if (from)
        memcpy(to, from, old * size);
    free(from);
    memcpy(array, &to, sizeof to);
    return CYT_OK;
}

static cyt_code grow_rows(cyt_row_store *store, size_t capacity, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows *r = store->rows;
    const size_t old = store->capacity;
    CYT_TRY(grow_array(&r->x, old, capacity, sizeof *r->x, err));
    CYT_TRY(grow_array(&r->y, old, capacity, sizeof *r->y, err));
    CYT_TRY(grow_array(&r->type, old, capacity, sizeof *r->type, err));
    CYT_TRY(grow_array(&r->index, old, capacity, sizeof *r->index, err));
    CYT_TRY(grow_array(&r->place, old, capacity, sizeof *r->place, err));
    CYT_TRY(grow_array(&r->id_start, old ? old + 1 : 0, capacity + 1,
                       sizeof *r->id_start, err));
    if (r->field)
        CYT_TRY(grow_array(&r->field, old, capacity, sizeof *r->field, err));
    if (r->n_values > 0) {
        CYT_TRY(grow_array(&r->values, old * r->n_values, capacity * r->n_values,
                           sizeof *r->values, err));
        spread_values(r, old, capacity);
    }
    store->capacity = capacity;
done:
    return code;
}

cyt_code cyt_store_init(cyt_row_store *store, cyt_rows *rows, size_t n_values,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    *store = (cyt_row_store){
        .rows = rows,
        .types = {.labels = &rows->labels, .n_slots = FIRST_SLOTS},
        .fields = {.labels = &rows->fields, .n_slots = FIRST_SLOTS},
    };
    rows->n_values = n_values;
    rows->value_found = cyt_calloc(n_values, 1, "the rows of a slide", err);
    store->types.slot = cyt_calloc(FIRST_SLOTS, sizeof(uint32_t), "type labels", err);
    store->fields.slot = cyt_calloc(FIRST_SLOTS, sizeof(uint32_t), "type labels", err);
    CYT_TRY(err->code);
    CYT_TRY(grow_rows(store, FIRST_ROWS, err));
    CYT_TRY(cyt_grow(&rows->id_text, &store->id_capacity, 1, 1, "cell ids", err));
    rows->id_start[0] = 0;
done:
    return code;
}

void cyt_store_free(cyt_row_store *store)
{
    free(store->types.slot);
    free(store->fields.slot);
    *store = (cyt_row_store){0};
}

/* A sixteenth more than expected; what is not used is never touched. */
static size_t with_margin(double n)
{
    return (size_t)(n * 1.0625) + 16;
}

cyt_code cyt_store_expect(cyt_row_store *store, double n_rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows *r = store->rows;
    if (r->n < store->capacity || n_rows < 2 * (double)store->capacity)
        return CYT_OK;
    const double id_bytes = (double)r->id_start[r->n] / (double)r->n * n_rows;
    CYT_TRY(grow_rows(store, with_margin(n_rows), err));
    if (id_bytes > 2 * (double)store->id_capacity) {
        const size_t bytes = with_margin(id_bytes);
        CYT_TRY(grow_array(&r->id_text, store->id_capacity, bytes, 1, err));
        store->id_capacity = bytes;
    }
done:
    return code;
}

cyt_code cyt_store_room(cyt_row_store *store, cyt_error *err)
{
    cyt_rows *r = store->rows;
    const cyt_code code =
        r->n < store->capacity ? CYT_OK : grow_rows(store, 2 * store->capacity, err);
    if (code == CYT_OK)
        r->id_start[r->n + 1] = r->id_start[r->n];
    return code;
}

double *cyt_store_value(cyt_row_store *store, size_t column)
{
    return store->rows->values + column * store->capacity + store->rows->n;
}

cyt_code cyt_store_id_more(cyt_row_store *store, const char *text, size_t length,
                           cyt_error *err)
{
    cyt_rows *r = store->rows;
    const size_t end = r->id_start[r->n + 1];
    if (end + length > store->id_capacity) {
        const cyt_code code = cyt_grow(&r->id_text, &store->id_capacity, end + length,
                                       1, "cell ids", err);
        if (code != CYT_OK)
            return code;
    }
    memcpy(r->id_text + end, text, length);
    r->id_start[r->n + 1] = end + length;
    return CYT_OK;
}

cyt_code cyt_store_id(cyt_row_store *store, const char *id, size_t length,
                      cyt_error *err)
{
    cyt_rows *r = store->rows;
    r->id_start[r->n + 1] = r->id_start[r->n];
    return cyt_store_id_more(store, id, length, err);
}

/* A text with a NUL in it is no label's. */
static int is_label(const cyt_names *labels, size_t i, const char *text, size_t length)
{
    const char *name = labels->name[i];
    for (size_t k = 0; k < length; k++)
        if (name[k] == '\0' || name[k] != text[k])
            return 0;
    return name[length] == '\0';
}

/* The slot that holds the label, or the free slot where it belongs. */
static size_t slot_of(const cyt_label_table *t, const char *text, size_t length)
{
    const size_t mask = t->n_slots - 1;
    size_t slot = (size_t)XXH3_64bits(text, length) & mask;
    while (t->slot[slot] && !is_label(t->labels, t->slot[slot] - 1, text, length))
        slot = (slot + 1) & mask;
    return slot;
}

/* Twice as many slots, at most half of them used. */
static cyt_code grow_labels(cyt_label_table *t, cyt_error *err)
{
    const cyt_names *labels = t->labels;
    const size_t n_slots = 2 * t->n_slots;
    uint32_t *slots = cyt_calloc(n_slots, sizeof *slots, "type labels", err);
    if (!slots)
        return err->code;
    free(t->slot);
    t->slot = slots;
    t->n_slots = n_slots;
    for (size_t i = 0; i < labels->n; i++)
        slots[slot_of(t, labels->name[i], strlen(labels->name[i]))] = (uint32_t)i + 1;
    return CYT_OK;
}

static cyt_code add_label(cyt_label_table *t, const char *text, size_t length,
                          size_t slot, cyt_error *err)
{
    const cyt_code code = cyt_names_add(t->labels, text, length, err);
    if (code != CYT_OK)
        return code;
    t->slot[slot] = (uint32_t)t->labels->n;
    return 2 * t->labels->n > t->n_slots ? grow_labels(t, err) : CYT_OK;
}

static cyt_code find_label(cyt_label_table *t, const char *text, size_t length,
                           uint16_t *number, cyt_error *err)
{
    const size_t slot = slot_of(t, text, length);
    *number = CYT_NO_TYPE;
    if (t->slot[slot]) {
        *number = (uint16_t)(t->slot[slot] - 1);
        return CYT_OK;
    }
    if (t->labels->n == CYT_MAX_LABELS) {
        t->too_many = 1;
        return CYT_OK;
    }
    *number = (uint16_t)t->labels->n;
    return add_label(t, text, length, slot, err);
}

/* The words of a text of 1 to 16 bytes: with its length they say all of it. */
static cyt_short_label short_label(const char *text, size_t length)
{
    cyt_short_label key = {.length = (uint16_t)length};
    if (length >= 8) {
        memcpy(&key.head, text, 8);
        memcpy(&key.tail, text + length - 8, 8);
    } else if (length >= 4) {
        memcpy(&key.head, text, 4);
        memcpy(&key.tail, text + length - 4, 4);
    } else {
        const char bytes[8] = {text[0], text[length / 2], text[length - 1]};
        memcpy(&key.head, bytes, 8);
    }
    return key;
}

/* Its place in the cache: the six upper bits of a product with the golden ratio, as
 * Knuth hashes by multiplication. */
static cyt_short_label *recent_of(cyt_label_table *t, const cyt_short_label *key)
{
    const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);
    const uint64_t mixed = (key->head * golden ^ key->tail) + key->length;
    return &t->recent[mixed * golden >> 58];
}

static cyt_code number_label(cyt_label_table *t, const char *text, size_t length,
                             uint16_t *number, cyt_error *err)
{
    if (length == 0 || length > 16)
        return find_label(t, text, length, number, err);
    cyt_short_label key = short_label(text, length);
    cyt_short_label *recent = recent_of(t, &key);
    *number = recent->type;
    if (recent->head == key.head && recent->tail == key.tail &&
        recent->length == key.length)
        return CYT_OK;
    const cyt_code code = find_label(t, text, length, number, err);
    key.type = *number;
    if (code == CYT_OK && *number != CYT_NO_TYPE && !memchr(text, '\0', length))
        *recent = key;
    return code;
}

cyt_code cyt_store_label(cyt_row_store *store, const char *text, size_t length,
                         uint16_t *type, cyt_error *err)
{
    return number_label(&store->types, text, length, type, err);
}

/* Room for fields is made with the first of them. */
cyt_code cyt_store_field(cyt_row_store *store, const char *text, size_t length,
                         cyt_error *err)
{
    cyt_rows *r = store->rows;
    if (!r->field) {
        r->field =
            cyt_alloc(store->capacity, sizeof *r->field, "the rows of a slide", err);
        if (!r->field)
            return err->code;
        for (size_t i = 0; i < r->n; i++)
            r->field[i] = CYT_NO_TYPE;
    }
    r->field[r->n] = CYT_NO_TYPE;
    if (length == 0)
        return CYT_OK;
    const cyt_code code =
        number_label(&store->fields, text, length, &r->field[r->n], err);
    r->fields_lost = store->fields.too_many;
    return code;
}

void cyt_store_end(cyt_row_store *store)
{
    cyt_rows *r = store->rows;
    for (size_t c = 1; c < r->n_values; c++)
        memmove(r->values + c * r->n, r->values + c * store->capacity,
                r->n * sizeof *r->values);
}
