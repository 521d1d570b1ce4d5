//! Under which name do people know a metric?

/// A score of another tool, and the metric that answers its question here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Tool, in small letters: `sdmetrics`, `mostlyai-qa`, `synthcity`, `anonymeter`, `syntheval`.
    pub peer: &'static str,
    /// Its name there.
    pub score: &'static str,
    /// Metric id here.
    pub metric: &'static str,
    /// What differs, in words.
    pub differs: &'static str,
}

impl Alias {
    /// The alias of a score of a tool; letters may be small or large.
    #[must_use]
    pub fn find(peer: &str, score: &str) -> Option<&'static Self> {
        ALIASES
            .iter()
            .find(|alias| alias.peer.eq_ignore_ascii_case(peer) && alias.score.eq_ignore_ascii_case(score))
    }
}

const fn alias(
    peer: &'static str,
    score: &'static str,
    metric: &'static str,
    differs: &'static str,
) -> Alias {
    Alias { peer, score, metric, differs }
}

/// All known names.
pub static ALIASES: &[Alias] = &[
    alias(
        "sdmetrics",
        "QualityReport",
        "re.acc2",
        "a mean of two means against the training rows, which a copy of the training rows maximises; here single figures against people held out, between floor and ceiling",
    ),
    alias(
        "sdmetrics",
        "Column Shapes",
        "re.ks",
        "the mean of KSComplement and TVComplement over columns, against the training rows",
    ),
    alias(
        "sdmetrics",
        "Column Pair Trends",
        "re.acc2",
        "bins of equal width cut in each table by itself, so that a shifted column scores as if it were right; only pairs with |r| above 0.5 or Cramér's V above 0.3 count",
    ),
    alias(
        "sdmetrics",
        "KSComplement",
        "re.ks",
        "against the training rows; the mean over columns is re.ks, its parts are the columns",
    ),
    alias("sdmetrics", "TVComplement", "re.tv", "adds a millionth to levels that only synthetic rows have"),
    alias(
        "sdmetrics",
        "CorrelationSimilarity",
        "re.corr",
        "Pearson; here ranks, and missing cells are left out pair by pair",
    ),
    alias("sdmetrics", "ContingencySimilarity", "re.cont", "all levels; here the ten commonest and the rest"),
    alias("sdmetrics", "MissingValueSimilarity", "re.miss", "against the training rows"),
    alias(
        "sdmetrics",
        "StatisticSimilarity",
        "re.w1",
        "differences of one statistic over the real range, which one outlier widens",
    ),
    alias(
        "sdmetrics",
        "BoundaryAdherence",
        "re.spike",
        "rewards reaching the extremes of patients, which is no virtue",
    ),
    alias(
        "sdmetrics",
        "DiagnosticReport",
        "re.spike",
        "validity of cells against the real extremes; a table that verosim reads has its structure checked before it is judged",
    ),
    alias(
        "sdmetrics",
        "LogisticDetection",
        "re.c2st",
        "logistic regression with three folds, one minus the excess of AUC; here boosted trees, and AUC itself",
    ),
    alias(
        "sdmetrics",
        "NewRowSynthesis",
        "pd.copy",
        "says nothing of chance: matching rows are not compared with people held out",
    ),
    alias(
        "sdmetrics",
        "DCROverfittingProtection",
        "pd.dcr",
        "scales by the range of each reference and counts ties as private; here ranks of each table by itself, ties by half",
    ),
    alias(
        "sdmetrics",
        "MLEfficacy",
        "ut.tstr",
        "F1 of a model learned on synthetic rows; here the share of what real rows teach",
    ),
    alias(
        "mostlyai-qa",
        "univariate accuracy",
        "re.acc1",
        "against the training rows, with their analytic maximum; here the ceiling is measured",
    ),
    alias("mostlyai-qa", "bivariate accuracy", "re.acc2", "as above"),
    alias(
        "mostlyai-qa",
        "trivariate accuracy",
        "re.acc3",
        "as above, on random triples that change from run to run",
    ),
    alias("mostlyai-qa", "discriminator AUC", "re.c2st", "ten folds of boosted trees on an embedding"),
    alias(
        "mostlyai-qa",
        "DCR share",
        "pd.dcr",
        "the greatest share of up to seven groups of columns, without the chance of that",
    ),
    alias("mostlyai-qa", "IMS", "pd.copy", "identical rows by embedding"),
    alias(
        "synthcity",
        "DomiasMIAKDE",
        "pm.domias",
        "a density ratio by kernel estimates with a reference that may overlap the people held out",
    ),
    alias("synthcity", "KolmogorovSmirnovTest", "re.ks", "as KSComplement"),
    alias(
        "synthcity",
        "PerformanceEvaluatorXGB",
        "ut.tstr",
        "an AUC; here the share of what real rows teach, with both AUCs beside",
    ),
    alias("synthcity", "SyntheticDetectionXGB", "re.c2st", "AUC of boosted trees"),
    alias(
        "syntheval",
        "pMSE",
        "re.pmse",
        "five folds of logistic regression; here the ratio to what chance gives",
    ),
    alias("syntheval", "median DCR", "pd.dcr", "a median distance, which tells nothing of chance"),
    alias("synthpop", "pMSE", "re.pmse", "the same ratio for a logistic model"),
    alias(
        "synthpop",
        "replicated.uniques",
        "pd.copy",
        "unique rows that come out again, without people held out beside",
    ),
];
