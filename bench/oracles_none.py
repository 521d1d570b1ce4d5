"""Why does a metric stand beside nobody else's value?"""

OUR_OWN = "a measure of this program, without a second implementation; "

NONE = {
    "re.fd": OUR_OWN + "rules are looked for among columns, and framingham has none that nearly all people follow",
    "re.struct": OUR_OWN + "TabStruct averages other ratios of other learners and is on no package registry",
    "ut.agree": OUR_OWN + "ranks of eight learners with fixed settings; Kendall's tau-b and Cohen's kappa are those of SciPy and scikit-learn in tests",
    "ut.feat": OUR_OWN + "permutation importance depends on the learner, and ranks of nearly equal columns on chance",
    "ut.neq": OUR_OWN + "a learning curve of fixed settings, made to rise and turned round",
    "ut.aug": OUR_OWN + "scores of five ways to learn; differences of a hair depend on the learner",
    "pd.sub": OUR_OWN + "the greatest share among blocks of columns and its permutation test; the share in all columns is that of pd.dcr",
    "pd.shown": "needs rows that a language model was shown; counts copies as pd.copy does",
    "pg.so1": "anonymeter defines it otherwise and stands in the table; only the rates of successes agree (pg.*)",
    "pg.so3": "as pg.so1",
    "pg.link": "as pg.so1; anonymeter's neighbours are other ones",
    "pg.rare": OUR_OWN + "anonymeter has no predicates of rare cells",
    "pm.lra": "Gen-LRA is published as research code only, on no package registry",
    "pm.max": OUR_OWN + "a permutation test over all attacks; checked by its law in tests",
    "di.mode": OUR_OWN + "heaps of k-means from one start are not those of another implementation",
    "cl.sex": "framingham has no diagnosis of one sex; Clopper and Pearson's interval is SciPy's in tests",
    "eq.real": OUR_OWN + "re.acc2 within groups, at as many rows of either side",
    "eq.vsml": OUR_OWN + "the same learner after each remedy; AUC and reweighing are those of ut.tstr and of the paper's formula in tests",
    "cl.inc": OUR_OWN + "shares by age and sex, checked by hand in tests",
    "tx.inject": "needs text; a count of words of a list, which a second count would not prove",
    "tx.stigma": "as tx.inject",
    "tx.toxic": "as tx.inject",
}
