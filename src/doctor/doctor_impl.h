/**
 * @file doctor_impl.h
 * @brief What the doctor's checks share.
 */
#ifndef CYT_DOCTOR_IMPL_H
#define CYT_DOCTOR_IMPL_H

#include "cytotaxis/doctor.h"

typedef enum verdict { FINE, DOUBT, BROKEN } verdict;

enum { FINDING_LENGTH = 512 };

/** Plain data, so that it can be sent. */
typedef struct finding {
    int verdict; /**< a verdict */
    char text[FINDING_LENGTH];
    char cure[FINDING_LENGTH]; /**< empty when fine */
} finding;

/** Say what was found; a later word replaces an earlier one only if it is worse. */
void find_fine(finding *f, const char *fmt, ...) CYT_PRINTF(2, 3);
void find_ill(finding *f, verdict how, const char *cure, const char *fmt, ...)
    CYT_PRINTF(4, 5);

/** One check. Collective; each rank fills its own finding. */
typedef void look(MPI_Comm comm, const cyt_doctor_params *params, finding *f);

look look_launcher;   /**< did the launcher connect its tasks? */
look look_mpi;        /**< one library, and messages arrive whole */
look look_cores;      /**< a core for each rank of a host */
look look_processors; /**< one kind, for the same bits */
look look_io;         /**< the settings that the store relies on; after look_write */
look look_folder;     /**< writable, and the same folder for all */
look look_locks;      /**< as other readers of HDF5 want them */
look look_filters;    /**< of HDF5 */
look look_write;      /**< a store written by all and read again */
look look_plugin;     /**< where other programs find the zstd filter */

/** Hosts that hold ranks of @p comm. Collective. */
int count_hosts(MPI_Comm comm);

/** What MPI itself holds for a variable called @p name, as text: "1" for a switch that
 *  is on; "" when it has none of that name, or nothing is set. */
enum { VALUE_LENGTH = 4096 };
void ask_mpi(const char *name, char value[VALUE_LENGTH]);

#endif
