/**
 * @file h5_header.h
 * @brief Do the types and attributes in an object's header end where they should?
 *
 * HDF5 1.10 decodes datatypes and attributes without asking where their message ends,
 * so that a changed length makes it read far beyond its buffer. Headers of version 2
 * carry a checksum. Those of version 1, which h5py writes unless told otherwise, are
 * walked here first:
 *
 *     header:    version n_messages references size | messages, some in further blocks
 *     message:   type size flags | data
 *     attribute: version sizes of | name | datatype | dataspace | values
 *
 * Price: each header is read once more, a few hundred bytes. Not looked at: groups'
 * own trees and heaps. Reference: HDF5 File Format Specification 3.0, IV.A "Data Object
 * Headers".
 */
#ifndef CYT_H5_HEADER_H
#define CYT_H5_HEADER_H

#include "read/h5/h5_util.h"

#include "base/bytes.h"

/** 0 when a type or attribute of the object at @p path is damaged; 1 also where HDF5
 * itself will see what is wrong. */
int cyt_h5_header_ok(const cyt_h5_file *file, const char *path);

/** Read @p n bytes at an address of the file; 0 when they are not there. */
int cyt_h5_read_at(const cyt_h5_file *file, uint64_t address, size_t n, void *out);

/** A number of the file, which is little-endian. */
static inline uint64_t cyt_h5_little(const unsigned char *bytes, size_t n)
{
    if (n == 8) /* most are: one load */
        return cyt_load_word((const char *)bytes);
    uint64_t value = 0;
    for (size_t k = n; k-- > 0;)
        value = value << 8 | bytes[k];
    return value;
}

#endif
