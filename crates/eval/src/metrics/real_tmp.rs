use crate::{JudgeSettings, Trio, judge};
use verosim_core::schema::Treatment;
use verosim_core::{Context, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::{RawColumn, RawTable, SourceType};

#[test]
#[ignore]
fn real_tmp() {
    let env = |n: &str| std::env::var(n).unwrap_or_default();
    let files = [env("U_TRAIN"), env("U_HOLD"), env("U_SYN")];
    let mut sizes = vec![];
    let mut cols: Vec<RawColumn> = vec![];
    for f in &files {
        let text = std::fs::read_to_string(f).unwrap();
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        if cols.is_empty() {
            cols = head.iter().map(|h| RawColumn::new(h, SourceType::Text)).collect();
        }
        let mut n = 0;
        for l in lines {
            let c: Vec<&str> = l.split(',').collect();
            if c.len() != head.len() {
                continue;
            }
            n += 1;
            cols.iter_mut().zip(c).for_each(|(k, c)| k.push(c));
        }
        sizes.push(n);
    }
    let raw = RawTable::new(cols).unwrap();
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|c| c.treatment == Treatment::Model);
    for c in &schema.columns {
        eprint!("{}:{} ", c.name, c.kind.name());
    }
    let all = parse(&raw, &schema).unwrap();
    let keep: Vec<_> = schema.columns.iter().filter_map(|c| all.column(&c.name).cloned()).collect();
    let all = verosim_data::Table::new(keep).unwrap();
    let mut from = 0;
    let mut tabs = vec![];
    for n in &sizes {
        tabs.push(all.take(&(from..from + n).collect::<Vec<_>>()));
        from += n;
    }
    let at = |n: &str| schema.columns.iter().position(|c| c.name == n);
    let targets: Vec<usize> = env("U_TARGET").split(';').filter_map(at).collect();
    let surv = env("U_SURV");
    let survival = surv.split_once(';').and_then(|(a, b)| at(a).zip(at(b)));
    eprintln!("\n{sizes:?} targets {targets:?} survival {survival:?}");
    let only: Vec<String> = crate::METRICS
        .iter()
        .map(|m| m.info().id.to_owned())
        .filter(|i| i.starts_with("ut.") || i.starts_with("su."))
        .filter(|i| env("U_ONLY").is_empty() || env("U_ONLY").contains(i.as_str()))
        .collect();
    let trio = Trio {
        schema: &schema,
        train: &tabs[0],
        holdout: &tabs[1],
        synthetic: &tabs[2],
        second: None,
        targets: &targets,
        survival,
        train_subjects: None,
        holdout_subjects: None,
        whole: None,
        shown: None,
        prose: None,
    };
    let settings = JudgeSettings {
        title: String::new(),
        engine: String::new(),
        guarantee: String::new(),
        date: String::new(),
        only,
        row_limit: 10_000,
    };
    let card = judge(&trio, &settings, Seeded::new(1), Context::silent()).unwrap();
    for e in &card.entries {
        let r = |r: &Option<crate::card::Reading>| {
            r.as_ref().map_or("-".into(), |r| {
                format!(
                    "{:.6} [{:.3},{:.3}]",
                    r.value,
                    r.interval.map_or(f64::NAN, |i| i.low),
                    r.interval.map_or(f64::NAN, |i| i.high)
                )
            })
        };
        eprintln!(
            "{} {:.2}s own {} ceil {} floor {} pos {:?} {:?}",
            e.id,
            e.seconds,
            r(&e.reading),
            r(&e.ceiling),
            r(&e.floor),
            e.position,
            e.reason
        );
        for (n, v) in e.parts.iter().take(16) {
            eprintln!("     {n}: {v:.9}");
        }
    }
    for f in &card.forests {
        eprintln!("{} {} {:?} {:?}", f.outcome, f.scale, f.n, f.remedies);
        for r in &f.rows {
            eprintln!(
                "   {} {:.4} {:?} {:?} {:.3}",
                r.term,
                r.real.value,
                r.synthetic.map(|x| x.value),
                r.ceiling.map(|x| x.value),
                r.overlap
            );
        }
    }
    if !env("U_HTML").is_empty() {
        std::fs::write(env("U_HTML"), crate::render::html(&card)).unwrap();
    }
}
