//! Types of a tensor's elements, and their values as f32.

use burn::tensor::{bf16, f16};
use safetensors::Dtype;

/// The type of an element, little-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// IEEE 754 binary64; rounded to f32.
    F64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of binary32.
    Bf16,
    /// Not a weight: its name, and its size [bytes], or 0 if that is no whole number.
    Other(String, usize),
}

impl Element {
    /// The type by its name in safetensors.
    pub fn of_safetensors(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F64 => Self::F64,
            Dtype::F32 => Self::F32,
            Dtype::F16 => Self::F16,
            Dtype::BF16 => Self::Bf16,
            other => Self::Other(other.to_string(), 0),
        }
    }

    /// The type of PyTorch's storages by the name of their class in the module `torch`.
    pub fn of_storage(class: &str) -> Option<Self> {
        let bytes = match class {
            "DoubleStorage" => return Some(Self::F64),
            "FloatStorage" => return Some(Self::F32),
            "HalfStorage" => return Some(Self::F16),
            "BFloat16Storage" => return Some(Self::Bf16),
            "ComplexDoubleStorage" => 16,
            "LongStorage" | "ComplexFloatStorage" => 8,
            "IntStorage" => 4,
            "ShortStorage" => 2,
            "CharStorage" | "ByteStorage" | "BoolStorage" => 1,
            _ => return None,
        };
        Some(Self::Other(class.trim_end_matches("Storage").to_owned(), bytes))
    }

    /// Its size [bytes].
    pub fn bytes(&self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(_, bytes) => *bytes,
        }
    }

    /// Its name as in safetensors.
    pub fn name(&self) -> &str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::Other(name, _) => name,
        }
    }

    /// Whether its values are real numbers in floating point.
    pub fn is_float(&self) -> bool {
        !matches!(self, Self::Other(..))
    }

    /// Appends the values of whole elements; none if they are no floats.
    pub fn extend(&self, values: &mut Vec<f32>, bytes: &[u8]) {
        match self {
            Self::F64 => values.extend(bytes.as_chunks().0.iter().map(|word| f64::from_le_bytes(*word) as f32)),
            Self::F32 => values.extend(bytes.as_chunks().0.iter().map(|word| f32::from_le_bytes(*word))),
            Self::F16 => values.extend(bytes.as_chunks().0.iter().map(|word| f16::from_le_bytes(*word).to_f32())),
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(|word| bf16::from_le_bytes(*word).to_f32())),
            Self::Other(..) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The bytes are NumPy's and PyTorch's.
    #[test]
    fn every_type_gives_its_values() {
        for (element, bytes, expected) in [
            (Element::F64, &1.1_f64.to_le_bytes()[..], vec![1.1_f32]),
            (Element::F32, &[0, 0, 0xc0, 0x3f, 1, 0, 0, 0][..], vec![1.5, f32::from_bits(1)]),
            (Element::F16, &[0x00, 0x3e, 0xff, 0x7b, 0x01, 0x00][..], vec![1.5, 65504.0, 2_f32.powi(-24)]),
            (Element::Bf16, &[0xc0, 0x3f, 0x80, 0xff][..], vec![1.5, f32::NEG_INFINITY]),
            (Element::Other("I64".to_owned(), 8), &[0; 8][..], vec![]),
        ] {
            let mut values = Vec::new();
            element.extend(&mut values, bytes);
            assert_eq!(values, expected, "{element:?}");
        }
    }
}
