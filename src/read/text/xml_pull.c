// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/xml_pull.h"

#include "cytotaxis/text.h"

#include <string.h>
#include <strings.h>

void cyt_xml_init(cyt_xml *x, cyt_cursor *in)
{
    memset(x, 0, sizeof *x);
    x->in = in;
}

const char *cyt_xml_name(const cyt_xml *x)
{
    return x->name[x->depth - 1];
}

const cyt_xml_attribute *cyt_xml_find(const cyt_xml *x, const char *name)
{
    for (size_t i = 0; i < x->n_attributes; i++)
        if (strcmp(x->text + x->attribute[i].name, name) == 0)
            return &x->attribute[i];
    return NULL;
}

const char *cyt_xml_value(const cyt_xml *x, const cyt_xml_attribute *attribute)
{
    return x->text + attribute->value;
}

/* --- bytes ------------------------------------------------------------------------ */

static cyt_code refuse(cyt_xml *x, int byte, const char *wanted, cyt_error *err)
{
    char shown[CYT_BYTE_SHOWN];
    return cyt_cursor_fail(x->in, x->in->spot, err, "%s is wanted, not %s", wanted,
                           cyt_byte_shown(byte, shown));
}

static int is_space(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The byte behind white space, not yet taken. */
static int peek_behind_space(cyt_xml *x, cyt_error *err)
{
    int byte;
    while (is_space(byte = cyt_cursor_peek(x->in, err)))
        if (cyt_cursor_take(x->in, err) == CYT_TEXT_FAILED)
            return CYT_TEXT_FAILED;
    return byte;
}

/* Take exactly this byte. */
static cyt_code expect(cyt_xml *x, char wanted, cyt_error *err)
{
    const char what[] = {'\'', wanted, '\'', '\0'};
    const int byte = cyt_cursor_peek(x->in, err);
    if (byte == CYT_TEXT_FAILED)
        return err->code;
    if (byte != wanted)
        return refuse(x, byte, what, err);
    cyt_cursor_take(x->in, err);
    return CYT_OK;
}

/* Take a byte that may stand in a document. */
static cyt_code take(cyt_xml *x, int *byte, const char *inside, cyt_error *err)
{
    char shown[CYT_BYTE_SHOWN];
    const cyt_spot at = x->in->spot;
    *byte = cyt_cursor_take(x->in, err);
    if (*byte == CYT_TEXT_FAILED)
        return err->code;
    if (*byte == CYT_TEXT_END)
        return cyt_cursor_fail(x->in, x->spot, err,
                               "%s begins here and is never closed", inside);
    if (*byte < 0x20 && !is_space(*byte))
        return cyt_cursor_fail(x->in, at, err, "%s may not stand in XML",
                               cyt_byte_shown(*byte, shown));
    return CYT_OK;
}

/* Pass everything up to and with @p end, of at most three bytes. */
static cyt_code pass_until(cyt_xml *x, const char *end, const char *inside,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = strlen(end);
    char last[3] = {0};
    do {
        int byte;
        CYT_TRY(take(x, &byte, inside, err));
        memmove(last, last + 1, n - 1);
        last[n - 1] = (char)byte;
    } while (memcmp(last, end, n) != 0);
done:
    return code;
}

static int is_name_byte(int byte, int first)
{
    const int letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       byte == '_' || byte == ':' || byte >= 0x80;
    return letter ||
           (!first && ((byte >= '0' && byte <= '9') || byte == '-' || byte == '.'));
}

static cyt_code read_name(cyt_xml *x, char name[CYT_XML_NAME], cyt_error *err)
{
    size_t n = 0;
    const cyt_spot spot = x->in->spot;
    for (;; n++) {
        const int byte = cyt_cursor_peek(x->in, err);
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (!is_name_byte(byte, n == 0))
            break;
        if (n + 1 == CYT_XML_NAME)
            return cyt_cursor_fail(x->in, spot, err, "a name of more than %d bytes",
                                   CYT_XML_NAME - 1);
        if (cyt_cursor_take(x->in, err) == CYT_TEXT_FAILED)
            return err->code;
        name[n] = (char)byte;
    }
    name[n] = '\0';
    return n ? CYT_OK : refuse(x, cyt_cursor_peek(x->in, err), "a name", err);
}

/* --- references ------------------------------------------------------------------- */

static int is_character(uint32_t point)
{
    return point == 9 || point == 10 || point == 13 ||
           (point >= 0x20 && point < 0xD800) || (point > 0xDFFF && point < 0xFFFE) ||
           (point > 0xFFFF && point <= 0x10FFFF);
}

/* The number behind "&#"; 0, which is no character, when it is none. */
static uint32_t number_of(const char *digits)
{
    const int hex = digits[0] == 'x';
    uint32_t point = 0;
    for (const char *c = digits + hex; *c; c++) {
        const int low = *c | 0x20;
        const int digit = *c >= '0' && *c <= '9'            ? *c - '0'
                          : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10
                                                            : -1;
        if (digit < 0 || point > 0x10FFFF)
            return 0;
        point = point * (hex ? 16 : 10) + (uint32_t)digit;
    }
    return point;
}

/* Behind '&': the bytes that the reference stands for. */
static cyt_code read_reference(cyt_xml *x, cyt_spot spot, char bytes[4], size_t *n,
                               cyt_error *err)
{
    static const struct {
        const char *name;
        char byte;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    cyt_code code = CYT_OK;
    char word[12], shown[CYT_SHOWN_SIZE];
    size_t length = 0;
    for (int byte = 0; byte != ';'; word[length++] = (char)byte) {
        CYT_TRY(take(x, &byte, "an element", err));
        if (length + 1 == sizeof word)
            CYT_TRY(cyt_cursor_fail(x->in, spot, err, "'&' without ';'; write &amp;"));
    }
    word[length - 1] = '\0';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, word) == 0) {
            bytes[0] = known[i].byte;
            *n = 1;
            return CYT_OK;
        }
    const uint32_t point = word[0] == '#' ? number_of(word + 1) : 0;
    if (!is_character(point))
        return cyt_cursor_fail(x->in, spot, err, "unknown entity \"&%s;\"",
                               cyt_text_shown(word, length - 1, shown));
    *n = cyt_utf8_put(point, bytes);
done:
    return code;
}

/* --- attributes ------------------------------------------------------------------- */

static cyt_code keep(cyt_xml *x, const char *bytes, size_t n, cyt_error *err)
{
    if (x->text_n + n > CYT_XML_TEXT)
        return cyt_cursor_fail(x->in, x->spot, err,
                               "an element with more than %d bytes of attributes",
                               CYT_XML_TEXT);
    memcpy(x->text + x->text_n, bytes, n);
    x->text_n += n;
    return CYT_OK;
}

static cyt_code read_value(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int quote = cyt_cursor_peek(x->in, err);
    if (quote == CYT_TEXT_FAILED)
        return err->code;
    if (quote != '"' && quote != '\'')
        return refuse(x, quote, "a value in quotes", err);
    cyt_cursor_take(x->in, err);
    for (;;) {
        int byte;
        char bytes[4];
        size_t n = 1;
        const cyt_spot at = x->in->spot;
        CYT_TRY(take(x, &byte, "an element", err));
        if (byte == quote)
            break;
        if (byte == '<')
            CYT_TRY(cyt_cursor_fail(x->in, at, err, "'<' in a value; write &lt;"));
        bytes[0] = (char)(is_space(byte) ? ' ' : byte);
        if (byte == '&')
            CYT_TRY(read_reference(x, at, bytes, &n, err));
        CYT_TRY(keep(x, bytes, n, err));
    }
    CYT_TRY(keep(x, "", 1, err));
done:
    return code;
}

static cyt_code read_attribute(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[CYT_XML_NAME];
    const cyt_spot spot = x->in->spot;
    CYT_TRY(read_name(x, name, err));
    if (cyt_xml_find(x, name))
        CYT_TRY(cyt_cursor_fail(x->in, spot, err, "attribute %s a second time", name));
    if (x->n_attributes == CYT_XML_ATTRIBUTES)
        CYT_TRY(cyt_cursor_fail(x->in, spot, err, "more than %d attributes",
                                CYT_XML_ATTRIBUTES));
    cyt_xml_attribute *a = &x->attribute[x->n_attributes];
    a->name = x->text_n;
    CYT_TRY(keep(x, name, strlen(name) + 1, err));
    CYT_TRY(peek_behind_space(x, err) == CYT_TEXT_FAILED ? err->code : CYT_OK);
    CYT_TRY(expect(x, '=', err));
    CYT_TRY(peek_behind_space(x, err) == CYT_TEXT_FAILED ? err->code : CYT_OK);
    a->spot = x->in->spot;
    a->value = x->text_n;
    CYT_TRY(read_value(x, err));
    a->length = x->text_n - a->value - 1;
    x->n_attributes++;
done:
    return code;
}

/* --- tags ------------------------------------------------------------------------- */

/* Attributes up to '>' or '/>' (for instructions '?>'). */
static cyt_code read_attributes(cyt_xml *x, char end, int *ended, cyt_error *err)
{
    cyt_code code = CYT_OK;
    x->n_attributes = 0;
    x->text_n = 0;
    *ended = 0;
    for (;;) {
        const uint64_t before = x->in->spot.column, line = x->in->spot.line;
        const int byte = peek_behind_space(x, err);
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (byte == CYT_TEXT_END)
            return cyt_cursor_fail(x->in, x->spot, err,
                                   "an element begins here and is never closed");
        if (byte == '>' && end == '/')
            break;
        if (byte == end) {
            *ended = 1;
            cyt_cursor_take(x->in, err);
            break;
        }
        if (x->in->spot.column == before && x->in->spot.line == line)
            return refuse(x, byte, "a space, '>' or '/>'", err);
        CYT_TRY(read_attribute(x, err));
    }
    CYT_TRY(expect(x, '>', err));
done:
    return code;
}

static cyt_code open_element(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (x->depth == 0 && x->has_root)
        CYT_TRY(cyt_cursor_fail(x->in, x->spot, err, "a second root element"));
    if (x->depth == CYT_XML_DEPTH)
        CYT_TRY(cyt_cursor_fail(x->in, x->spot, err, "elements nested deeper than %d",
                                CYT_XML_DEPTH));
    CYT_TRY(read_name(x, x->name[x->depth], err));
    CYT_TRY(read_attributes(x, '/', &x->closes, err));
    x->opened[x->depth++] = x->spot;
    x->has_root = 1;
    x->event = CYT_XML_OPEN;
done:
    return code;
}

static cyt_code close_element(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[CYT_XML_NAME];
    cyt_cursor_take(x->in, err); /* the slash */
    CYT_TRY(read_name(x, name, err));
    CYT_TRY(peek_behind_space(x, err) == CYT_TEXT_FAILED ? err->code : CYT_OK);
    CYT_TRY(expect(x, '>', err));
    if (x->depth == 0)
        CYT_TRY(cyt_cursor_fail(x->in, x->spot, err, "</%s> closes nothing", name));
    if (strcmp(name, x->name[x->depth - 1]) != 0)
        CYT_TRY(cyt_cursor_fail(
            x->in, x->spot, err, "</%s> where <%s> of line %llu is open", name,
            x->name[x->depth - 1], (unsigned long long)x->opened[x->depth - 1].line));
    x->depth--;
    x->event = CYT_XML_CLOSE;
done:
    return code;
}

/* Behind "<?": the declaration may name the encoding. */
static cyt_code pass_instruction(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[CYT_XML_NAME], shown[CYT_SHOWN_SIZE];
    int ended;
    CYT_TRY(read_name(x, name, err));
    if (strcmp(name, "xml") != 0)
        return pass_until(x, "?>", "an instruction", err);
    if (x->has_root)
        CYT_TRY(cyt_cursor_fail(x->in, x->spot, err,
                                "an XML declaration that is not at the start"));
    CYT_TRY(read_attributes(x, '?', &ended, err));
    const cyt_xml_attribute *a = cyt_xml_find(x, "encoding");
    const char *encoding = a ? cyt_xml_value(x, a) : "UTF-8";
    if (strcasecmp(encoding, "UTF-8") != 0 && strcasecmp(encoding, "US-ASCII") != 0)
        CYT_TRY(cyt_cursor_fail(x->in, a->spot, err,
                                "encoding \"%s\"; save the file as UTF-8",
                                cyt_text_shown(encoding, a->length, shown)));
done:
    return code;
}

/* Behind "<!": a comment or CDATA. */
static cyt_code pass_marked(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int byte = cyt_cursor_peek(x->in, err);
    if (byte == '-') {
        CYT_TRY(expect(x, '-', err));
        CYT_TRY(expect(x, '-', err));
        CYT_TRY(pass_until(x, "-->", "a comment", err));
    } else if (byte == '[' && x->depth > 0) {
        for (const char *c = "[CDATA["; *c; c++)
            CYT_TRY(expect(x, *c, err));
        CYT_TRY(pass_until(x, "]]>", "a CDATA section", err));
    } else if (byte == 'D') {
        CYT_TRY(cyt_cursor_fail(x->in, x->spot, err,
                                "a DOCTYPE; annotation files have none, and it is not "
                                "read"));
    } else {
        return err->code ? err->code : refuse(x, byte, "a comment", err);
    }
done:
    return code;
}

/* Text up to the next '<', or to the end of the file. */
static cyt_code pass_text(cyt_xml *x, int *byte, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char bytes[4];
    size_t n;
    while ((*byte = cyt_cursor_peek(x->in, err)) != '<' && *byte >= 0) {
        const cyt_spot at = x->in->spot;
        if (x->depth == 0 && !is_space(*byte))
            return refuse(x, *byte, x->has_root ? "nothing more" : "'<'", err);
        CYT_TRY(take(x, byte, "an element", err));
        if (*byte == '&')
            CYT_TRY(read_reference(x, at, bytes, &n, err));
    }
    code = *byte == CYT_TEXT_FAILED ? err->code : CYT_OK;
done:
    return code;
}

static cyt_code end_of_file(cyt_xml *x, cyt_error *err)
{
    if (x->depth > 0)
        return cyt_cursor_fail(x->in, x->opened[x->depth - 1], err,
                               "<%s> begins here and is never closed",
                               x->name[x->depth - 1]);
    if (!x->has_root)
        return cyt_cursor_fail(x->in, x->in->spot, err, "a file without any element");
    x->event = CYT_XML_END;
    return CYT_OK;
}

cyt_code cyt_xml_next(cyt_xml *x, cyt_error *err)
{
    cyt_code code = err->code; /* a failure stays one */
    CYT_TRY(code);
    if (x->closes) {
        x->closes = 0;
        x->depth--;
        x->event = CYT_XML_CLOSE;
        return CYT_OK;
    }
    for (;;) {
        int byte;
        CYT_TRY(pass_text(x, &byte, err));
        if (byte == CYT_TEXT_END)
            return end_of_file(x, err);
        x->spot = x->in->spot;
        cyt_cursor_take(x->in, err); /* '<' */
        byte = cyt_cursor_peek(x->in, err);
        if (byte == CYT_TEXT_FAILED)
            return err->code;
        if (byte == '/')
            return close_element(x, err);
        if (byte != '?' && byte != '!')
            return open_element(x, err);
        cyt_cursor_take(x->in, err);
        CYT_TRY(byte == '?' ? pass_instruction(x, err) : pass_marked(x, err));
    }
done:
    return code;
}

cyt_code cyt_xml_skip(cyt_xml *x, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (const size_t outside = x->depth - 1; x->depth > outside;)
        CYT_TRY(cyt_xml_next(x, err));
done:
    return code;
}
