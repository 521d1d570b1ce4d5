//! Are tables of the law those of the whole joint table, and is what was planted found again?

use super::*;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Every combination of states.
fn combinations(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![vec![]], |before, &size| {
        before.iter().flat_map(|row| (0..size).map(move |state| [&row[..], &[state]].concat())).collect()
    })
}

/// The cell of a combination in the table over `axes`.
fn cell(sizes: &[usize], axes: &[usize], row: &[usize]) -> usize {
    axes.iter().fold(0, |at, &axis| at * sizes[axis] + row[axis])
}

fn table(sizes: &[usize], joint: &[f64], axes: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; axes.iter().map(|&axis| sizes[axis]).product()];
    for (row, chance) in combinations(sizes).iter().zip(joint) {
        sums[cell(sizes, axes, row)] += chance;
    }
    sums
}

fn near(a: &[f64], b: &[f64], most: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
}

const SIZES: [usize; 6] = [2, 3, 2, 4, 2, 3];
const SETS: [&[usize]; 6] = [&[0, 1], &[1, 2], &[2, 3], &[0, 3], &[3, 4], &[5]];

fn sets() -> Vec<Vec<usize>> {
    SETS.iter().map(|set| set.to_vec()).collect()
}

#[test]
fn trees_hold_every_set_and_their_parts_make_them_again() {
    let tree = JunctionTree::new(&SIZES, &sets());
    assert!(sets().iter().all(|set| tree.holding(set).is_some()));
    assert_eq!(tree.cells(), cells_of(&SIZES, &sets()));
    // The ring 0 1 2 3 needs one chord: 0 2 costs (2·3·2 + 2·2·4), 1 3 would cost (2·3·4 + 3·2·4).
    assert_eq!(tree.cells(), 12 + 16 + 8 + 3, "by hand, with the pair 3 4 and the single 5");
    let parts: Vec<(Vec<usize>, Option<usize>)> =
        tree.cliques().iter().map(|clique| (clique.axes.clone(), clique.parent)).collect();
    assert_eq!(JunctionTree::from_parts(SIZES.to_vec(), parts.clone(), 1000), Some(tree));
    assert_eq!(JunctionTree::from_parts(SIZES.to_vec(), parts.clone(), 10), None, "too many cells");
    type Parts = Vec<(Vec<usize>, Option<usize>)>;
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts.clone();
        change(&mut parts);
        JunctionTree::from_parts(SIZES.to_vec(), parts, 1000).is_none()
    };
    assert!(refused(&|parts| parts[0].1 = Some(0)) && refused(&|parts| parts[1].1 = Some(5)));
    assert!(refused(&|parts| parts[1].0 = vec![9]) && refused(&|parts| parts[1].0 = vec![]));
    assert!(refused(&|parts| {
        parts.pop();
    }));
    assert!(refused(&|parts| parts.push((vec![0, 5], Some(0)))), "5 is elsewhere as well");
}

#[test]
fn a_law_agrees_with_its_whole_table() {
    let tree = Arc::new(JunctionTree::new(&SIZES, &sets()));
    let mut rng = rng(1);
    let logs: Vec<Vec<f64>> = tree
        .cliques()
        .iter()
        .map(|clique| (0..clique.cells).map(|_| 6.0 * rng.random::<f64>() - 3.0).collect())
        .collect();
    // The product over cliques, combination by combination, over its sum.
    let weight = |row: &Vec<usize>| {
        let logs =
            tree.cliques().iter().zip(&logs).map(|(clique, logs)| logs[cell(&SIZES, &clique.axes, row)]);
        logs.sum::<f64>().exp()
    };
    let weights: Vec<f64> = combinations(&SIZES).iter().map(weight).collect();
    let total: f64 = weights.iter().sum();
    let whole: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    let joint = Joint::from_logs(Arc::clone(&tree), logs.clone());
    for set in sets().into_iter().chain([vec![0], vec![4], vec![0, 1, 2]]) {
        assert!(near(&joint.table(&set).unwrap(), &table(&SIZES, &whole, &set), 1e-12), "{set:?}");
    }
    assert_eq!(joint.table(&[1, 5]), None);
    // Logarithms that no double could be raised to give the same law.
    let shifted = logs.iter().map(|logs| logs.iter().map(|log| log - 5000.0).collect()).collect();
    let same = Joint::from_logs(Arc::clone(&tree), shifted);
    assert!(joint.shares().iter().zip(same.shares()).all(|(a, b)| near(a, b, 1e-12)));
    // And so do its own chances given separators.
    let again = Joint::from_given(Arc::clone(&tree), joint.given().to_vec()).unwrap();
    assert!(joint.shares().iter().zip(again.shares()).all(|(a, b)| near(a, b, 1e-12)));
    // Evidence on two axes, against the whole table.
    let evidence = [(3, vec![0.0, 1.0, 0.5, 0.0]), (1, vec![0.2, 0.0, 1.0])];
    let told = |row: &Vec<usize>| evidence.iter().map(|(axis, own)| own[row[*axis]]).product::<f64>();
    let left: Vec<f64> =
        combinations(&SIZES).iter().zip(&whole).map(|(row, share)| told(row) * share).collect();
    let chance: f64 = left.iter().sum();
    let left: Vec<f64> = left.iter().map(|share| share / chance).collect();
    let (law, found) = joint.given_evidence(&evidence);
    assert!((found - chance).abs() < 1e-12, "{found} {chance}");
    for set in sets() {
        assert!(near(&law.table(&set).unwrap(), &table(&SIZES, &left, &set), 1e-12), "{set:?}");
    }
    let mut broken = joint.given().to_vec();
    broken[0][0] = f64::NAN;
    assert!(Joint::from_given(tree, broken).is_none());
}

/// A law that has no form of its own: five rows of weights.
fn planted() -> Vec<f64> {
    let mut rng = rng(2);
    let weights: Vec<f64> = combinations(&SIZES).iter().map(|_| rng.random::<f64>().powi(4)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

#[test]
fn tables_without_noise_are_met() {
    let (tree, whole) = (Arc::new(JunctionTree::new(&SIZES, &sets())), planted());
    let mut measured: Vec<Measured> = sets()
        .into_iter()
        .map(|axes| {
            let shares = table(&SIZES, &whole, &axes);
            let worth = vec![1e6; shares.len()];
            Measured::new(axes, shares, worth)
        })
        .collect();
    let (joint, progress) = fit(&tree, &mut measured, 3000);
    for set in sets() {
        let wanted = table(&SIZES, &whole, &set);
        assert!(near(&joint.table(&set).unwrap(), &wanted, 2e-4), "{set:?} after {progress:?}");
    }
    // From where it left off, nothing is left to do; and the pulls alone make the same law over another tree.
    let (_, again) = fit(&tree, &mut measured.clone(), 3000);
    assert!(again.steps <= 25 && again.loss <= progress.loss + 1e-12, "{again:?}");
    let wider: Vec<Vec<usize>> = sets().into_iter().chain([vec![1, 4, 5]]).collect();
    let wider = Arc::new(JunctionTree::new(&SIZES, &wider));
    let (elsewhere, _) = fit(&wider, &mut measured, 0);
    assert!(near(&elsewhere.table(&[0, 1]).unwrap(), &joint.table(&[0, 1]).unwrap(), 1e-9));
}

/// Weighted least squares over one table has a closed form where no share is negative: what is measured, less what makes it add
/// up, shared out by one over worth.
#[test]
fn contradictions_are_settled_by_worth() {
    let tree = Arc::new(JunctionTree::new(&[3], &[]));
    let (a, b) = (vec![0.5, 0.3, 0.4], vec![0.2, 0.2, 0.2]);
    let mut one = Measured::new(vec![0], a.clone(), vec![300.0, 100.0, 200.0]);
    let other = Measured::new(vec![0], b.clone(), vec![100.0, 100.0, 100.0]);
    one.join(&other);
    assert!(near(&one.shares, &[0.425, 0.25, 1.0 / 3.0], 1e-12), "by hand: means weighted by worth");
    let over: f64 = one.shares.iter().sum::<f64>() - 1.0;
    let scale: f64 = one.worth.iter().map(|worth| 1.0 / worth).sum();
    let wanted: Vec<f64> =
        one.shares.iter().zip(&one.worth).map(|(share, worth)| share - over / scale / worth).collect();
    let (joint, _) = fit(&tree, &mut [one], 2000);
    assert!(near(&joint.table(&[0]).unwrap(), &wanted, 1e-4), "{:?} {wanted:?}", joint.table(&[0]));
}

#[test]
fn rows_follow_the_law_and_stray_less_than_by_chance() {
    let tree = Arc::new(JunctionTree::new(&SIZES, &sets()));
    let whole = planted();
    let mut measured: Vec<Measured> = sets()
        .into_iter()
        .map(|axes| {
            let shares = table(&SIZES, &whole, &axes);
            let worth = vec![1e6; shares.len()];
            Measured::new(axes, shares, worth)
        })
        .collect();
    let (joint, _) = fit(&tree, &mut measured, 500);
    let n = 20_000;
    let rows = joint.draw(n, &mut rng(3));
    assert!(rows.iter().zip(SIZES).all(|(states, size)| {
        states.len() == n && states.iter().all(|&state| usize::from(state) < size)
    }));
    let (mut chi, mut cells) = (0.0, 0.0);
    for clique in tree.cliques() {
        let wanted = joint.table(&clique.axes).unwrap();
        let mut counts = vec![0.0; wanted.len()];
        let mut of_rows = vec![0; n];
        for &axis in &clique.axes {
            of_rows
                .iter_mut()
                .zip(&rows[axis])
                .for_each(|(at, &state)| *at = *at * SIZES[axis] + usize::from(state));
        }
        of_rows.into_iter().for_each(|cell: usize| counts[cell] += 1.0);
        let expected = wanted.iter().map(|share| share * n as f64);
        chi += counts
            .iter()
            .zip(expected)
            .map(|(count, want): (&f64, f64)| (count - want).powi(2) / want)
            .sum::<f64>();
        cells += wanted.len() as f64;
    }
    assert!(chi < 0.5 * cells, "chi-square {chi} over {cells} cells: quota halves it at least");
    assert_eq!(joint.draw(0, &mut rng(1))[0].len(), 0);
    assert_ne!(joint.draw(50, &mut rng(1)), joint.draw(50, &mut rng(2)));
    assert_eq!(joint.draw(50, &mut rng(1)), joint.draw(50, &mut rng(1)));
}

/// `bench/marginals_reference.py inference`: mbi 2.0.0 (the authors of `mckenna2019`), 20,000 steps of its mirror descent in
/// doubles, on three axes in a ring with noisy shares that contradict each other.
#[test]
fn fits_agree_with_mbi() {
    let measured = |axes: &[usize], shares: &[f64], deviation: f64| {
        Measured::new(axes.to_vec(), shares.to_vec(), vec![deviation.powi(-2); shares.len()])
    };
    let mut tables = [
        measured(&[0, 1], &[0.30, 0.10, 0.15, 0.05, 0.28, 0.10], 0.02),
        measured(&[1, 2], &[0.25, 0.14, 0.11, 0.22, 0.20, 0.06], 0.03),
        measured(&[0, 2], &[0.42, 0.08, 0.20, 0.33], 0.05),
        measured(&[2], &[0.55, 0.47], 0.01),
    ];
    let sets: Vec<Vec<usize>> = tables.iter().map(|table| table.axes.clone()).collect();
    let tree = Arc::new(JunctionTree::new(&[2, 3, 2], &sets));
    let (joint, progress) = fit(&tree, &mut tables, 5000);
    let wanted: [(&[usize], &[f64]); 4] = [
        (&[0, 1], &[0.304_648, 0.090_802, 0.150_033, 0.064_326, 0.28048, 0.10971]),
        (&[1, 2], &[0.230_248, 0.138_727, 0.121_401, 0.249_881, 0.190_632, 0.069_111]),
        (&[0, 2], &[0.411_382, 0.134_101, 0.130_899, 0.323_617]),
        (
            &[0, 1, 2],
            &[
                0.215_306, 0.089_342, 0.06192, 0.028_883, 0.134_157, 0.015_876, 0.014_941, 0.049_384,
                0.059_482, 0.220_998, 0.056_475, 0.053_235,
            ],
        ),
    ];
    for (axes, wanted) in wanted {
        let found = joint.table(axes).unwrap();
        assert!(near(&found, wanted, 5e-4), "{axes:?}: {found:?} {wanted:?} after {progress:?}");
    }
}
