//! Under which numbers is it counted what came before?
//!
//! Each key is a few small numbers side by side; a rougher key has zeros for what it does not ask.

use super::story::{length_band, silence_band, size_band};
use crate::lives::sitting::Sitting;
use verosim_timeline::event::instant::SECOND;

/// What a sitting is of: a visit whose event has that code, or a group of events with or without the name of a visit.
pub(crate) const LOOSE: u32 = u32::MAX - 1;
pub(crate) const UNOPENED: u32 = u32::MAX - 2;

/// The type of a sitting whose opener has that code in the vocabulary.
pub(crate) fn kind(sitting: &Sitting, opener: Option<u32>) -> u32 {
    opener.unwrap_or(if sitting.is_named { UNOPENED } else { LOOSE })
}

/// What a chain of events is in: the type of sitting, whether it is the first, whether it ends with death.
///
/// Types are told in 29 bits: codes of a vocabulary need 28, and the two without a code stand behind them.
pub(crate) fn scene(kind: u32, is_first: bool, is_fatal: bool) -> u64 {
    let kind = match kind {
        LOOSE => 1 << 28,
        UNOPENED => (1 << 28) + 1,
        kind => u64::from(kind),
    };
    kind << 3 | 4 | u64::from(is_first) << 1 | u64::from(is_fatal)
}

/// All scenes of that type of sitting.
pub(crate) fn whole(scene: u64) -> u64 {
    scene & !7
}

/// Levels of what comes next, from fine to rough; which of them is of what comes after a code anywhere, and which is the first
/// that does not ask what code was there.
pub(crate) const LEVELS: usize = 5;
pub(crate) const ANYWHERE: usize = 2;
pub(crate) const WHATEVER: usize = 3;

/// Keys of what comes next: after that code in such scenes, in such sittings, and anywhere; in such scenes, and in such
/// sittings.
pub(crate) fn bend_keys(scene: u64, code: u32) -> [u64; LEVELS] {
    let code = u64::from(code);
    [scene << 29 | code, whole(scene) << 29 | code, code, scene, whole(scene)]
}

/// What marks a key of what was new in the last sitting.
pub(crate) const NEWS: u64 = 1 << 60;

/// Keys of a silence, from rough to fine: all, the last type, with burden, with cell; and what was new, if it has its own law.
pub(crate) fn silence_keys(kind: u32, burden: usize, cell: usize, news: Option<usize>) -> [u64; 5] {
    let kind = u64::from(kind) + 1;
    let (burden, cell) = (burden as u64 + 1, cell as u64 + 1);
    let rough = kind << 16;
    let fine = rough | burden << 8 | cell;
    [0, rough, rough | burden << 8, fine, news.map_or(fine, |news| NEWS | rough | (news as u64 + 1))]
}

/// The key that is one step rougher.
pub(crate) fn rougher_silence(key: u64) -> Option<u64> {
    if key & NEWS != 0 {
        return Some(key & !NEWS & !0xffff);
    }
    [0xff, 0xffff].into_iter().find(|low| key & low != 0).map(|low| key & !low).or((key != 0).then_some(0))
}

/// Keys of the type of a sitting, from rough to fine: what came before, with the silence, with burden and cell; and what was
/// new, if it has its own law.
pub(crate) fn type_keys(
    before: Option<u32>,
    silence: i64,
    burden: usize,
    cell: usize,
    news: Option<usize>,
) -> [u64; 4] {
    let before = before.map_or(0, |kind| u64::from(kind) + 1);
    let silence = if before == 0 { 0 } else { silence_band(silence) };
    let rough = before << 24;
    let middle = rough | (silence + 1) << 16;
    let fine = middle | (burden as u64 + 1) << 8 | (cell as u64 + 1);
    [rough, middle, fine, news.map_or(fine, |news| NEWS | middle | (news as u64 + 1))]
}

/// How far a sitting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// How long it lasts by its own account; 0 where it has none.
    pub(crate) length: i64,
    /// How long ago it began, at its last event.
    pub(crate) since: i64,
    /// Events so far.
    pub(crate) size: usize,
}

impl Progress {
    /// Whether a sitting of known length has come to its end.
    pub(crate) fn is_over(self) -> bool {
        self.length > 0 && self.since + SECOND > self.length
    }

    /// How much is left of a sitting of known length, in parts of it; where no time has gone by, how many events it has.
    fn band(self) -> u64 {
        const PARTS: [i64; 6] = [200, 50, 12, 4, 2, 1];
        if self.length <= 0 || self.since <= 0 {
            return size_band(self.size) + 1;
        }
        if self.is_over() {
            return OVER;
        }
        let left = (self.length - self.since).max(0);
        OVER + 1 + PARTS.iter().filter(|&&part| left > self.length / part).count() as u64
    }
}

/// Of which part of a sitting events are drawn.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// Its length is not known.
    Any,
    /// Before its end: what comes at ends does not.
    Before,
    /// At its end: nothing else comes.
    End,
}

impl Part {
    pub(crate) fn of(progress: Progress) -> Self {
        match (progress.length > 0, progress.is_over()) {
            (false, _) => Self::Any,
            (true, false) => Self::Before,
            (true, true) => Self::End,
        }
    }
}

/// Keys of the end of a sitting, from rough to fine: by its type, how far it has come, the scene, and its length.
pub(crate) fn end_keys(scene: u64, progress: Progress) -> [u64; 4] {
    let band = progress.band();
    let kind = whole(scene) << 28;
    let rough = scene << 28 | band << 20;
    [
        kind | rougher_band(band) << 20,
        kind | band << 20,
        rough,
        rough | (length_band(progress.length) + 1) << 12,
    ]
}

/// The band of sittings that are over, and of all those, and of all that are not.
const OVER: u64 = 64;
const ALL_OVER: u64 = 127;
const ALL_BEFORE: u64 = 0;

fn rougher_band(band: u64) -> u64 {
    if band == OVER { ALL_OVER } else { ALL_BEFORE }
}

/// Keys of whether anything happens at the very end of sittings of known length, from rough to fine.
pub(crate) fn last_keys(scene: u64) -> [u64; 2] {
    [whole(scene), scene].map(|scene| 1 << 62 | scene << 28)
}

/// Any code, in [`end_key_of`].
pub(crate) const ANY: u32 = 0xfff_ffff;

/// Key of the end of a sitting of that type after a code: what comes when a sitting of known length is over tells nothing of
/// ends before.
pub(crate) fn end_key_of(scene: u64, progress: Progress, code: u32) -> u64 {
    1 << 63 | u64::from(progress.is_over()) << 62 | whole(scene) << 28 | u64::from(code.min(ANY))
}

/// The key that is one step rougher.
pub(crate) fn rougher_end(key: u64) -> Option<u64> {
    if key >> 63 == 1 {
        return Some(key | u64::from(ANY)).filter(|&rough| rough != key);
    }
    if key & 0xff << 12 != 0 {
        return Some(key & !(0xff << 12));
    }
    if key & 7 << 28 != 0 {
        return Some(key & !(7 << 28));
    }
    let band = key >> 20 & 0xff;
    let is_roughest = key >> 62 == 1 || band == ALL_OVER || band == ALL_BEFORE;
    (!is_roughest).then_some(key & !(0xff << 20) | rougher_band(band) << 20)
}

/// Keys of a death in a sitting, from rough to fine.
pub(crate) fn fatal_keys(kind: u32, cell: usize) -> [u64; 2] {
    let rough = u64::from(kind) << 8;
    [rough, rough | (cell as u64 + 1)]
}
