//! Into which groups do the codes of a long vocabulary fall?

use std::collections::BTreeMap;
use verosim_core::CodeSystem;

/// The group of each code: at most `limit` groups, balanced by rows.
///
/// Starts from the chapters and keeps splitting the heaviest group one step down the hierarchy while the groups fit, so
/// that common chapters are split finely and rare ones stay whole. Flat vocabularies give no more than one group.
pub(super) fn groups(codes: &[String], rows: &[usize], system: CodeSystem, limit: usize) -> Vec<u32> {
    // The ancestors of each code from the top down, ending with the code itself.
    let paths: Vec<Vec<&str>> = codes
        .iter()
        .map(|code| {
            let mut path = vec![code.as_str()];
            while let Some(parent) = path.last().and_then(|last| system.parent(last)) {
                path.push(parent);
            }
            path.reverse();
            path
        })
        .collect();
    let mut whole: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (code, path) in paths.iter().enumerate() {
        whole.entry(path[0]).or_default().push(code);
    }
    if whole.len() > limit {
        return vec![0; codes.len()];
    }
    // (depth of the group's stem, its codes); groups that cannot be split are set aside.
    let mut open: Vec<(usize, Vec<usize>)> = whole.into_values().map(|codes| (0, codes)).collect();
    let mut done: Vec<Vec<usize>> = Vec::new();
    let weight = |codes: &[usize]| codes.iter().map(|&code| rows[code]).sum::<usize>();
    while let Some(heaviest) = (0..open.len()).max_by_key(|&at| (weight(&open[at].1), usize::MAX - at)) {
        let (depth, codes) = open.swap_remove(heaviest);
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &code in &codes {
            let stem = paths[code].get(depth + 1).or(paths[code].last()).copied().unwrap_or_default();
            parts.entry(stem).or_default().push(code);
        }
        let deeper = codes.iter().any(|&code| paths[code].len() > depth + 1);
        if !deeper || codes.len() == 1 || open.len() + done.len() + parts.len() > limit {
            done.push(codes);
        } else {
            open.extend(parts.into_values().map(|codes| (depth + 1, codes)));
        }
    }
    done.sort();
    let mut group_of = vec![0; codes.len()];
    for (group, members) in done.iter().enumerate() {
        members.iter().for_each(|&code| group_of[code] = group as u32);
    }
    group_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavy_chapters_split_and_light_ones_stay_whole() {
        let codes: Vec<String> = ["250.00", "250.01", "428", "V45", "V58"].map(str::to_owned).to_vec();
        let group = groups(&codes, &[100, 80, 60, 2, 1], CodeSystem::Icd9, 4);
        assert_eq!(group[3], group[4], "the light V chapter stays whole");
        assert_ne!(group[0], group[2], "chapters 2 and 4 differ");
        assert_ne!(group[0], group[1], "the heaviest group is split to its codes");
        assert!(group.iter().all(|&group| group < 4));
    }
}
