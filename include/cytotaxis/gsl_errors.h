/**
 * @file gsl_errors.h
 * @brief GSL, asked to return its errors.
 *
 * By default GSL ends the process when it has no memory or a function underflows. Its
 * handler belongs to the whole process, so the program decides, not the library.
 */
#ifndef CYT_GSL_ERRORS_H
#define CYT_GSL_ERRORS_H

/** Call once, before anything else of this library, unless you have a handler of your
 *  own that returns: functions of stats/ then return CYT_ERR_MEMORY. */
void cyt_gsl_errors_return(void);

#endif
