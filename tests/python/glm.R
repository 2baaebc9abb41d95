# SPDX-License-Identifier: BSD-3-Clause
# glm.R FAMILY FILE OUT: coefficients by glm(), and CR2 of its last least squares by
# clubSandwich, of a table with columns row, block, y, x0, x1, ...
suppressPackageStartupMessages(library(clubSandwich))
args <- commandArgs(TRUE)
d <- read.table(args[2], header = TRUE)
x <- as.matrix(d[, grep("^x", names(d)), drop = FALSE])
family <- if (args[1] == "poisson") poisson() else binomial()
fit <- glm(d$y ~ 0 + x, family = family,
           control = glm.control(epsilon = 1e-11, maxit = 100))
kept <- !is.na(coef(fit))
w <- sqrt(fit$weights)
z <- fit$linear.predictors + residuals(fit, "working")
white <- data.frame(z = w * z, w * x[, kept, drop = FALSE])
flat <- lm(z ~ 0 + ., data = white)
v <- vcovCR(flat, cluster = d$block, type = "CR2")
t <- coef_test(flat, vcov = v, test = "Satterthwaite")
out <- matrix(NA, length(kept), 5)
out[kept, 1] <- coef(fit)[kept]
out[kept, 2] <- diag(as.matrix(v))
out[kept, 3] <- if ("df_Satt" %in% names(t)) t$df_Satt else t$df
out[kept, 4] <- diag(summary(fit)$cov.unscaled)
out[, 5] <- as.numeric(kept)
write.table(format(out, digits = 17), args[3], quote = FALSE, row.names = FALSE,
            col.names = FALSE)
