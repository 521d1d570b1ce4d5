//! How is a network written down and read again?

use super::Network;
use crate::masks::Masks;
use crate::shape::{Shape, ShapeError};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use verosim_core::Seeded;

/// Key of the JSON text, in the header of the file, that says what the arrays are.
const KEY: &str = "verosim-neural";
/// Format of what is saved; another one is refused.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    shape: Shape,
    masks: Masks,
}

/// Why bytes are no network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Not safetensors.
    #[error("the network cannot be read: {0}")]
    Container(#[from] safetensors::SafeTensorError),
    /// The header says nothing of a network.
    #[error("the file holds arrays but not what they are")]
    NoHeader,
    /// The header cannot be read.
    #[error("the description of the network cannot be read")]
    Header(#[source] serde_json::Error),
    /// Written by another release.
    #[error("the network has format {found}, and this release reads {FORMAT}")]
    Format {
        /// The format of the file.
        found: u32,
    },
    /// Sizes that no network has.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The file ends before its arrays do.
    #[error("the file is shorter than the network that it describes")]
    Short,
    /// An array is missing, has other sizes or numbers that are not finite.
    #[error("array `{name}` is missing or is not what the description says")]
    Array {
        /// Its name.
        name: String,
    },
}

impl Network {
    /// The network as a safetensors file.
    ///
    /// Equal networks give equal bytes.
    ///
    /// # Errors
    /// Never with sizes that [`new`](Self::new) accepts; the container's error otherwise.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LoadError> {
        let header = Header { format: FORMAT, shape: self.shape, masks: self.masks.clone() };
        let header = serde_json::to_string(&header).map_err(LoadError::Header)?;
        let bytes: Vec<u8> = self.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        let arrays = self.layout.arrays(self.shape);
        let views = arrays
            .iter()
            .map(|array| {
                let data = &bytes[array.at.start * 4..array.at.end * 4];
                Ok((array.name.as_str(), TensorView::new(Dtype::F32, array.sizes.clone(), data)?))
            })
            .collect::<Result<Vec<_>, LoadError>>()?;
        let metadata = HashMap::from([(KEY.to_string(), header)]);
        Ok(safetensors::serialize(views, Some(metadata))?)
    }

    /// The network of a file that [`to_bytes`](Self::to_bytes) made.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)?;
        let header = metadata.metadata().as_ref().and_then(|all| all.get(KEY)).ok_or(LoadError::NoHeader)?;
        let format: Format = serde_json::from_str(header).map_err(LoadError::Header)?;
        if format.format != FORMAT {
            return Err(LoadError::Format { found: format.format });
        }
        let header: Header = serde_json::from_str(header).map_err(LoadError::Header)?;
        header.shape.check()?;
        if header.shape.parameters().saturating_mul(4) > bytes.len() {
            return Err(LoadError::Short);
        }
        let mut network = Self::new(header.shape, header.masks, Seeded::new(0))?;
        let file = SafeTensors::deserialize(bytes)?;
        for array in network.layout.arrays(network.shape) {
            let wrong = || LoadError::Array { name: array.name.clone() };
            let view = file.tensor(&array.name).map_err(|_| wrong())?;
            if view.dtype() != Dtype::F32 || view.shape() != array.sizes {
                return Err(wrong());
            }
            let numbers = view.data().as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four));
            for (weight, number) in network.weights[array.at.clone()].iter_mut().zip(numbers) {
                if !number.is_finite() {
                    return Err(wrong());
                }
                *weight = number;
            }
        }
        Ok(network)
    }
}

/// The one thing that every format says.
#[derive(Deserialize)]
struct Format {
    format: u32,
}
