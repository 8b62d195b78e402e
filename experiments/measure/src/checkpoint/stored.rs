//! A tensor in a file: elements of a storage at regular distances, row-major or not.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use super::element::Element;
use super::storage::Storage;

/// Tensors whose elements are far apart, or repeat, take more memory than their bytes. Up to this they may [bytes].
const LOOSE_BYTES: u64 = 64 << 20;
/// And beyond it, up to this multiple of their bytes.
const LOOSE_RATIO: u64 = 16;

/// A view of a storage.
#[derive(Clone, Debug)]
pub struct Stored {
    storage: Arc<Storage>,
    element: Element,
    shape: Vec<usize>,
    /// Distances between neighbours in each dimension [elements].
    strides: Vec<usize>,
    /// The bytes of the storage from the first element to the last.
    range: Range<u64>,
    is_row_major: bool,
}

/// The strides of a row-major tensor.
///
/// # Errors
/// It has too many elements.
pub fn row_major(shape: &[usize]) -> Result<Vec<usize>, String> {
    let mut strides = vec![1_usize; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension].checked_mul(shape[dimension]).ok_or_else(too_large)?;
    }
    Ok(strides)
}

fn too_large() -> String {
    "its sizes are too large".to_owned()
}

impl Stored {
    /// The tensor whose first element is number `offset` of `storage`.
    ///
    /// # Errors
    /// It reaches beyond the storage, or its elements are scattered too widely.
    pub fn new(
        storage: Arc<Storage>,
        element: Element,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    ) -> Result<Self, String> {
        if shape.len() != strides.len() {
            return Err(format!("it has {} sizes, but {} strides", shape.len(), strides.len()));
        }
        let elements = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size)).ok_or_else(too_large)?;
        let last = shape
            .iter()
            .zip(&strides)
            .try_fold(offset, |last, (&size, &stride)| last.checked_add(size.saturating_sub(1).checked_mul(stride)?));
        let end = if elements == 0 { Some(offset) } else { last.and_then(|last| last.checked_add(1)) };
        let bytes = |count: usize| u64::try_from(count).ok()?.checked_mul(element.bytes() as u64);
        let (Some(begin), Some(end), Some(own)) = (bytes(offset), end.and_then(bytes), bytes(elements)) else {
            return Err(too_large());
        };
        if end > storage.bytes {
            return Err(format!("it reaches to byte {end} of a storage of {} bytes", storage.bytes));
        }
        let taken = (end - begin).max(own);
        if taken > LOOSE_BYTES && (taken / LOOSE_RATIO > own || own > storage.bytes) {
            return Err(format!(
                "its {own} bytes are views of {} bytes, too loose to be read; save a copy of it, made with `.clone().contiguous()`",
                end - begin
            ));
        }
        let dense = row_major(&shape)?;
        let is_row_major =
            (0..shape.len()).all(|dimension| shape[dimension] < 2 || strides[dimension] == dense[dimension]);
        Ok(Self { storage, element, shape, strides, range: begin..end, is_row_major })
    }

    /// Its sizes, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The type of its elements.
    pub fn element(&self) -> &Element {
        &self.element
    }

    /// Its values in row-major order, as f32. Its elements must be floats.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub fn values(&self, file: &File) -> Result<Vec<f32>, String> {
        let elements = self.shape.iter().product();
        let mut values = Vec::with_capacity(elements);
        let mut pending = Vec::new();
        let size = self.element.bytes();
        let read = self.storage.read(file, self.range.clone(), |piece| {
            pending.extend_from_slice(piece);
            if self.is_row_major {
                let whole = pending.len() / size * size;
                self.element.extend(&mut values, &pending[..whole]);
                pending.drain(..whole);
            }
        });
        read.map_err(|error| error.to_string())?;
        if !self.is_row_major {
            self.gather(&pending, elements, &mut values);
        }
        Ok(values)
    }

    /// Appends the elements of the range `bytes` in row-major order.
    fn gather(&self, bytes: &[u8], elements: usize, values: &mut Vec<f32>) {
        let size = self.element.bytes();
        let (mut index, mut at) = (vec![0; self.shape.len()], 0);
        for _ in 0..elements {
            self.element.extend(values, &bytes[at * size..][..size]);
            for dimension in (0..index.len()).rev() {
                index[dimension] += 1;
                at += self.strides[dimension];
                if index[dimension] < self.shape[dimension] {
                    break;
                }
                at -= self.strides[dimension] * self.shape[dimension];
                index[dimension] = 0;
            }
        }
    }
}
