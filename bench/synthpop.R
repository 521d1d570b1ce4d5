# Has synthpop (R) learn from a CSV and draw rows into another: a peer of `verosim bench`, where R and synthpop are installed.
#
# usage: Rscript synthpop.R TRAIN.csv OUT.csv ROWS SEED
#   verosim bench heart.csv#num --peer 'synthpop=Rscript bench/synthpop.R {train} {out} {rows} {seed}'

given <- commandArgs(trailingOnly = TRUE)
if (length(given) != 4) stop("usage: Rscript synthpop.R TRAIN.csv OUT.csv ROWS SEED")
if (!requireNamespace("synthpop", quietly = TRUE)) stop("needs the R package synthpop: install.packages('synthpop')")

real <- read.csv(given[1], na.strings = c("", "?", "NA", "."), check.names = FALSE, stringsAsFactors = TRUE)
# Codes with few values are levels.
few <- vapply(real, function(column) length(unique(na.omit(column))) <= 10, logical(1))
real[few] <- lapply(real[few], factor)
made <- synthpop::syn(real, k = as.integer(given[3]), seed = as.integer(given[4]), print.flag = FALSE)$syn
write.csv(made, given[2], row.names = FALSE, na = "")
