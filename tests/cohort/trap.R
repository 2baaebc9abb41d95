# SPDX-License-Identifier: BSD-3-Clause
# trap.R FAMILY FILE KNOTS OUT: the last coefficient, column theta, of a model with the
# covariates of FILE (y, block, phi, theta, and others) and splines::ns() in phi: its
# value, CR2 variance, degrees of freedom, the model's own variance, log-likelihood
# without constants, the same without theta.
suppressPackageStartupMessages(library(clubSandwich))
args <- commandArgs(TRUE)
d <- read.table(args[2], header = TRUE)
family <- if (args[1] == "poisson") poisson() else binomial()
plain <- as.matrix(d[, setdiff(names(d), c("y", "block", "phi", "theta")), drop = FALSE])
x <- cbind(1, plain)
if (nchar(args[3]) > 0) {
    knots <- as.numeric(strsplit(args[3], ",")[[1]])
    k <- length(knots)
    x <- cbind(x, splines::ns(d$phi, knots = knots[-c(1, k)], Boundary.knots = knots[c(1, k)]))
}
theta <- d$theta / max(d$theta) # of the size of the others
likelihood <- function(fit)
    if (args[1] == "poisson") sum(d$y * fit$linear.predictors - fitted(fit)) else
        as.numeric(logLik(fit))
control <- glm.control(epsilon = 1e-12, maxit = 100)
without <- glm(d$y ~ 0 + x, family = family, control = control)
fit <- glm(d$y ~ 0 + x + theta, family = family, control = control)
stopifnot(!anyNA(coef(fit)))
w <- sqrt(fit$weights)
z <- fit$linear.predictors + residuals(fit, "working")
white <- data.frame(z = w * z, w * cbind(x, theta))
flat <- lm(z ~ 0 + ., data = white)
v <- as.matrix(vcovCR(flat, cluster = d$block, type = "CR2"))
t <- coef_test(flat, vcov = vcovCR(flat, cluster = d$block, type = "CR2"),
               test = "Satterthwaite")
df <- if ("df_Satt" %in% names(t)) t$df_Satt else t$df
n <- length(coef(fit))
scale <- max(d$theta)
out <- c(coef(fit)[n] / scale, v[n, n] / scale^2, df[n],
         summary(fit)$cov.unscaled[n, n] / scale^2, likelihood(fit), likelihood(without))
write.table(format(t(out), digits = 17), args[4], quote = FALSE, row.names = FALSE,
            col.names = FALSE)
