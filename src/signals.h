/**
 * @file signals.h
 * @brief Signals that ask a run to stop: noted here, obeyed at safe points (stop.h).
 */
#ifndef CYT_SIGNALS_H
#define CYT_SIGNALS_H

#include "cytotaxis/stop.h"

/** From now on USR1 and TERM are noted instead of ending the program. @p limit_s counts
 *  from now too; 0: no limit. */
cyt_stop signals_listen(double limit_s);

#endif
