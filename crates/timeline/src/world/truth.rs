//! What is true of the fictional clinic?

/// Everything that was planted. Rates are per year, ages in years, odds and hazards as ratios.
///
/// With `a` the age at registration, `d`, `h`, `k` whether there is diabetes, hypertension, kidney disease:
///
/// - hypertension at registration: logit P = `hypertension_logit` + `hypertension_per_decade` · (a − 60) / 10
/// - diabetes: logit P = `diabetes_logit` + `diabetes_per_decade` · (a − 60) / 10 + ln `hypertension_diabetes_or` · h
/// - kidney disease at registration: logit P = `kidney_logit` + `kidney_per_decade` · (a − 60) / 10
///   + ln `diabetes_kidney_or` · d + ln `hypertension_kidney_or` · h
/// - kidney disease later, in those without: rate `kidney_rate` · `diabetes_kidney_rr`^d, whatever the age
/// - death t years after registration: hazard `death_rate` · `diabetes_death_hr`^d · `age_death_hr`^((a + t − 60) / 10), so
///   that Cox's model on `d` and `a` is true
/// - influenza on day of the year y: rate `influenza_rate` · (1 + `influenza_amplitude` · cos(2π (y − `influenza_peak`) / 365.25))
/// - planned visits: rate `visit_rate` · `diabetes_visit_rr`^d · `kidney_visit_rr`^k · g, with g Gamma of mean 1 and
///   variance `visit_spread`: some come often whatever they have
/// - glycated haemoglobin at a visit by day: measured with chance `hba1c_diabetes` or `hba1c_others`; its value is
///   `hba1c_mean` + `hba1c_shift` · d + person + visit, both normal, of standard deviations `hba1c_person` and `hba1c_visit`
/// - glucose, where measured beside it: 28.7 · HbA1c − 46.7 (Nathan et al. 2008, `nathan2008`) + normal
///   of standard deviation `glucose_noise`
/// - metformin is ever taken by `metformin_share` of those with diabetes, at visits where diabetes is written, and by
///   nobody else
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Share of women.
    pub women: f64,
    /// Log-odds of hypertension at 60.
    pub hypertension_logit: f64,
    /// Log odds ratio per ten years.
    pub hypertension_per_decade: f64,
    /// Log-odds of diabetes at 60 without hypertension.
    pub diabetes_logit: f64,
    /// Log odds ratio per ten years.
    pub diabetes_per_decade: f64,
    /// Odds ratio of diabetes and hypertension at equal age.
    pub hypertension_diabetes_or: f64,
    /// Log-odds of kidney disease at 60 without diabetes or hypertension.
    pub kidney_logit: f64,
    /// Log odds ratio per ten years.
    pub kidney_per_decade: f64,
    /// Odds ratio of kidney disease at registration and diabetes.
    pub diabetes_kidney_or: f64,
    /// Odds ratio of kidney disease at registration and hypertension.
    pub hypertension_kidney_or: f64,
    /// New kidney disease a year without diabetes.
    pub kidney_rate: f64,
    /// Times as often with diabetes.
    pub diabetes_kidney_rr: f64,
    /// Deaths a year at 60 without diabetes.
    pub death_rate: f64,
    /// Hazard ratio of death of diabetes.
    pub diabetes_death_hr: f64,
    /// Hazard ratio of death per ten years of age.
    pub age_death_hr: f64,
    /// Share of deaths that end a stay made for them; some more come in other stays.
    pub death_inpatient: f64,
    /// Influenza a year.
    pub influenza_rate: f64,
    /// How much more at the peak, as a share of the mean.
    pub influenza_amplitude: f64,
    /// Day of the year of the peak, 0 for the first of January.
    pub influenza_peak: f64,
    /// Planned visits a year without disease.
    pub visit_rate: f64,
    /// Times as often with diabetes.
    pub diabetes_visit_rr: f64,
    /// Times as often with kidney disease.
    pub kidney_visit_rr: f64,
    /// Variance of what people differ by beside.
    pub visit_spread: f64,
    /// Chance that HbA1c is measured at a visit by day, with diabetes.
    pub hba1c_diabetes: f64,
    /// The same without.
    pub hba1c_others: f64,
    /// Mean of HbA1c without diabetes, %.
    pub hba1c_mean: f64,
    /// How much higher with diabetes, %.
    pub hba1c_shift: f64,
    /// Standard deviation between people, %.
    pub hba1c_person: f64,
    /// Standard deviation between visits of one person, %.
    pub hba1c_visit: f64,
    /// Standard deviation of glucose about what HbA1c says, mg/dL.
    pub glucose_noise: f64,
    /// Share of those with diabetes who take metformin.
    pub metformin_share: f64,
    /// Mean of the log of days in hospital.
    pub stay_log_mean: f64,
    /// Standard deviation of the log of days in hospital.
    pub stay_log_sd: f64,
}

/// What is true of the clinic.
pub const TRUTH: Truth = Truth {
    women: 0.53,
    hypertension_logit: -0.2,
    hypertension_per_decade: 0.55,
    diabetes_logit: -2.0,
    diabetes_per_decade: 0.35,
    hypertension_diabetes_or: 2.5,
    kidney_logit: -4.0,
    kidney_per_decade: 0.5,
    diabetes_kidney_or: 3.0,
    hypertension_kidney_or: 2.0,
    kidney_rate: 0.008,
    diabetes_kidney_rr: 5.0,
    death_rate: 0.012,
    diabetes_death_hr: 1.8,
    age_death_hr: 2.2,
    death_inpatient: 0.4,
    influenza_rate: 0.12,
    influenza_amplitude: 0.8,
    influenza_peak: 30.0,
    visit_rate: 0.6,
    diabetes_visit_rr: 2.0,
    kidney_visit_rr: 1.6,
    visit_spread: 0.5,
    hba1c_diabetes: 0.7,
    hba1c_others: 0.1,
    hba1c_mean: 5.4,
    hba1c_shift: 1.9,
    hba1c_person: 0.5,
    hba1c_visit: 0.3,
    glucose_noise: 15.0,
    metformin_share: 0.75,
    stay_log_mean: 1.3,
    stay_log_sd: 0.7,
};

/// What is true of the clinic.
#[must_use]
pub const fn truth() -> Truth {
    TRUTH
}

impl Truth {
    /// Correlation of two values of HbA1c of one person.
    #[must_use]
    pub fn hba1c_icc(&self) -> f64 {
        let person = self.hba1c_person.powi(2);
        person / (person + self.hba1c_visit.powi(2))
    }
}
