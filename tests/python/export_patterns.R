# SPDX-License-Identifier: BSD-3-Clause
# Point patterns of r-cran-spatstat.data as text.
#
#     Rscript export_patterns.R FOLDER
#
# NAME.txt: the window, x_min x_max y_min y_max, then x, y, label of each point.
# Status 77 when the package is not installed.
if (!requireNamespace("spatstat.data", quietly = TRUE)) quit(status = 77)
folder <- commandArgs(trailingOnly = TRUE)[1]
for (name in c("lansing", "amacrine", "bramblecanes")) {
    here <- new.env()
    data(list = name, package = "spatstat.data", envir = here)
    p <- get(name, envir = here)
    lines <- c(paste(sprintf("%.17g", c(p$window$xrange, p$window$yrange)), collapse = " "),
               sprintf("%.17g %.17g %s", p$x, p$y, p$marks))
    writeLines(lines, file.path(folder, paste0(name, ".txt")))
}
