//! How are saved arrays read back without trusting them?

use crate::{Array, LoadError, Saved};
use serde::de::DeserializeOwned;

/// Reads an array from front to back; every shortage is an error and never a panic.
pub(crate) struct Cursor<'a, T> {
    name: &'static str,
    left: &'a [T],
}

impl<'a, T: Copy> Cursor<'a, T> {
    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [T], LoadError> {
        if n > self.left.len() {
            return Err(damaged(format!("array `{}` is too short", self.name)));
        }
        let (taken, left) = self.left.split_at(n);
        self.left = left;
        Ok(taken)
    }

    pub(crate) fn next(&mut self) -> Result<T, LoadError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn rest(&mut self) -> &'a [T] {
        std::mem::take(&mut self.left)
    }

    pub(crate) fn finish(&self) -> Result<(), LoadError> {
        if self.left.is_empty() { Ok(()) } else { Err(damaged(format!("array `{}` is too long", self.name))) }
    }
}

/// The whole numbers called `name`.
pub(crate) fn whole<'a>(saved: &'a Saved, name: &'static str) -> Result<Cursor<'a, u32>, LoadError> {
    match saved.arrays.get(name) {
        Some(Array::U32(values)) => Ok(Cursor { name, left: values }),
        _ => Err(damaged(format!("array `{name}` is missing"))),
    }
}

/// The floats called `name`.
pub(crate) fn floats<'a>(saved: &'a Saved, name: &'static str) -> Result<Cursor<'a, f32>, LoadError> {
    match saved.arrays.get(name) {
        Some(Array::F32(values)) => Ok(Cursor { name, left: values }),
        _ => Err(damaged(format!("array `{name}` is missing"))),
    }
}

/// The document as `T`.
pub(crate) fn document<T: DeserializeOwned>(saved: &Saved) -> Result<T, LoadError> {
    T::deserialize(&saved.document).map_err(|error| damaged(format!("document: {error}")))
}

pub(crate) fn damaged(what: String) -> LoadError {
    LoadError::Damaged { what }
}
