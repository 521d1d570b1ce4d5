//! How do blocks of numbers become a safetensors file and back?

use crate::Array;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use std::collections::BTreeMap;

/// One tensor per array, little-endian.
#[must_use]
pub fn pack(arrays: &BTreeMap<String, Array>) -> Vec<u8> {
    let bytes: Vec<(&String, Dtype, usize, Vec<u8>)> = arrays
        .iter()
        .map(|(name, array)| match array {
            Array::F32(values) => {
                (name, Dtype::F32, values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            Array::U32(values) => {
                (name, Dtype::U32, values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            Array::U8(values) => (name, Dtype::U8, values.len(), values.clone()),
        })
        .collect();
    let views = bytes.iter().map(|(name, kind, n, bytes)| {
        (
            name.as_str(),
            TensorView::new(*kind, vec![*n], bytes).expect("as many bytes as the type and length need"),
        )
    });
    serialize(views, None).expect("names are unique and views are whole")
}

/// The arrays of a file.
///
/// # Errors
/// What is wrong with it, in words.
pub fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Array>, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    tensors
        .tensors()
        .into_iter()
        .map(|(name, tensor)| {
            let words = || tensor.data().chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
            let array = match tensor.dtype() {
                Dtype::F32 => Array::F32(words().map(f32::from_le_bytes).collect()),
                Dtype::U32 => Array::U32(words().map(u32::from_le_bytes).collect()),
                Dtype::U8 => Array::U8(tensor.data().to_vec()),
                other => return Err(format!("array `{name}` has the type {other:?}")),
            };
            Ok((name, array))
        })
        .collect()
}
