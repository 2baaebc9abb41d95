# SPDX-License-Identifier: BSD-3-Clause
# The pooled estimates of metafor:
#
#     Rscript pool.R FILE...
#
# A FILE has a slide a line: patient, value, variance. For each a line of numbers: omega2
# (variance between slides, the patients' means free; NaN where none has two), then of the
# patients' estimates mean, se, lo, hi, p, tau2, Q, its p, I2, prediction interval.
# Fisher scoring climbs to the maximum next to its start, so the likelihood is looked at
# first, on a grid.
suppressPackageStartupMessages(library(metafor))
likelihood <- function(t, y, v, x) {
    w <- 1 / (v + t)
    a <- crossprod(x, w * x)
    r <- y - x %*% solve(a, crossprod(x, w * y))
    (sum(log(w)) - c(determinant(a)$modulus) - sum(w * r^2)) / 2
}
best <- function(y, v, x = matrix(1, length(y), 1)) {
    grid <- c(0, min(v) * 1.05^(0:ceiling(log(max(v, diff(range(y))^2) / min(v), 1.05))))
    height <- sapply(grid, likelihood, y, v, x)
    rma(y, v, mods = x, intercept = FALSE, method = "REML", test = "knha",
        control = list(threshold = 1e-11, maxiter = 100000, stepadj = 0.5,
                       tau2.init = grid[which.max(height)]))
}
for (file in commandArgs(trailingOnly = TRUE)) {
    d <- read.table(file, col.names = c("patient", "y", "v"))
    omega2 <- NaN
    if (anyDuplicated(d$patient))
        omega2 <- best(d$y, d$v, model.matrix(~ factor(patient) - 1, d))$tau2
    w <- 1 / (d$v + ifelse(is.nan(omega2), 0, omega2))
    sums <- as.vector(tapply(w, d$patient, sum))
    y <- as.vector(tapply(w * d$y, d$patient, sum)) / sums
    at <- best(y, 1 / sums)$tau2
    fit <- rma(y, 1 / sums, test = "knha", tau2 = at)
    near <- predict(fit)
    cat(sprintf("%.17g", c(omega2, fit$b, fit$se, fit$ci.lb, fit$ci.ub, fit$pval,
                           fit$tau2, fit$QE, fit$QEp, fit$I2 / 100, near$pi.lb,
                           near$pi.ub)), "\n")
}
