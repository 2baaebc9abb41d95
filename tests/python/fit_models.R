# SPDX-License-Identifier: BSD-3-Clause
# Mixed models and survival as lme4, lmerTest and survival see them.
#
#     Rscript fit_models.R lmer FEATURES.csv [RIGHT_SIDE] > TABLE
#         feature ~ group (or RIGHT_SIDE) + (1 | patient) of each feature, by REML:
#         feature, coefficient, estimate, se, df, p, var_patient, var_residual
#     Rscript fit_models.R survival PATIENTS.csv > TABLE
#         of each feature beside patient, time, event, group:
#         feature, cox coefficient, se, p; log-rank chi2 and p by median split;
#         then the log-rank of the groups, and Cox with a second column
suppressPackageStartupMessages({
    library(lme4)
    library(lmerTest)
    library(survival)
})
words <- commandArgs(trailingOnly = TRUE)
d <- read.csv(words[2], check.names = FALSE, colClasses = c(patient = "character"))
cells <- function(...) cat(paste(c(...), collapse = "\t"), "\n", sep = "")
num <- function(x) sprintf("%.17g", x)

if (words[1] == "lmer") {
    right <- if (length(words) > 2) words[3] else "group"
    model <- as.formula(paste("y ~", right, "+ (1 | patient)"))
    for (feature in setdiff(names(d), c("slide", all.vars(model)))) {
        d$y <- d[[feature]]
        use <- d[is.finite(d$y), ]
        levels <- sapply(setdiff(all.vars(model), "y"), function(v) length(unique(use[[v]])))
        if (length(unique(use$y)) < 3 || any(levels < 2)) next
        # A finer optimum than the default: the estimates are compared, not the optimiser.
        fit <- suppressMessages(suppressWarnings(
            lmer(model, use,
                 control = lmerControl(optimizer = "bobyqa",
                                       optCtrl = list(rhoend = 1e-9)))))
        table <- suppressMessages(summary(fit)$coefficients)
        parts <- as.data.frame(VarCorr(fit))$vcov
        for (i in seq_len(nrow(table)))
            cells(feature, rownames(table)[i], num(table[i, "Estimate"]),
                  num(table[i, "Std. Error"]), num(table[i, "df"]),
                  num(table[i, "Pr(>|t|)"]), num(parts))
    }
} else {
    features <- setdiff(names(d), c("patient", "time", "event", "group"))
    for (feature in features) {
        use <- d[is.finite(d[[feature]]), ]
        use$x <- use[[feature]]
        fit <- suppressWarnings(coxph(Surv(time, event) ~ x, use, ties = "efron"))
        high <- use$x > median(use$x)
        split <- survdiff(Surv(time, event) ~ high, use)
        cells(feature, num(coef(fit)), num(sqrt(vcov(fit)[1, 1])),
              num(summary(fit)$coefficients[1, 5]), num(split$chisq),
              num(pchisq(split$chisq, 1, lower.tail = FALSE)))
    }
    split <- survdiff(Surv(time, event) ~ group, d)
    k <- length(split$n)
    cells("groups", k, num(split$chisq),
          num(pchisq(split$chisq, k - 1, lower.tail = FALSE)))
    use <- d[is.finite(d[[features[1]]]) & is.finite(d[[features[2]]]), ]
    fit <- coxph(as.formula(sprintf("Surv(time, event) ~ `%s` + `%s`", features[1],
                                    features[2])), use, ties = "efron")
    cells("both", num(coef(fit)), num(sqrt(diag(vcov(fit)))))
}
