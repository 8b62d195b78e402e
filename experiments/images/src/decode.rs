//! Pictures from files: JPEG and PNG, recognised by content. Orientation, colour profile, gamma and alpha are ignored, as by Pillow.

mod jpeg;
mod markers;
mod png;

use crate::picture::{MAX_PIXELS, Picture};

/// The decoder of JPEG, with its version.
pub const JPEG_DECODER: &str =
    if cfg!(feature = "libjpeg") { "libjpeg-turbo (turbojpeg 1.5.1)" } else { "zune-jpeg 0.5.15" };

/// What the pixels of [`JPEG_DECODER`] are worth next to those of torchvision.
pub const JPEG_AGREEMENT: &str = if cfg!(feature = "libjpeg") {
    "pixels equal those of Pillow and torchvision"
} else {
    "pixels differ from those of Pillow and torchvision by up to 6 of 255 levels"
};

/// Largest file that is read. The largest one of ImageNet's validation set has 15 MB.
pub const MAX_BYTES: u64 = 256 << 20;

/// A picture and how it was decoded.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The picture.
    pub picture: Picture,
    /// What a strict decoder rejects about the file, if it was decoded all the same, as Pillow does.
    pub lenient: Option<String>,
}

/// Why a file is not a usable picture. Worded to follow the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Neither JPEG nor PNG.
    #[error("it is {0}, not a JPEG or PNG file")]
    Format(&'static str),
    /// It ends before the picture does.
    #[error("it ends early: its picture is incomplete")]
    Truncated,
    /// It cannot be decoded.
    #[error("it cannot be decoded: {0}")]
    Corrupt(String),
    /// It can be decoded, but not as torchvision does.
    #[error("{0}")]
    Refused(&'static str),
    /// It has too many pixels.
    #[error("it has {width} x {height} pixels; at most {MAX_PIXELS} are read")]
    Large {
        /// Pixels of a row.
        width: u32,
        /// Number of rows.
        height: u32,
    },
}

impl DecodeError {
    /// The remedy.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Format(_) => "convert it to PNG, or remove it from the list of labels",
            Self::Truncated | Self::Corrupt(_) => "copy or download it again; a picture is never skipped",
            Self::Refused(_) => "convert it to an 8-bit RGB PNG, and state that in the name of the data set",
            Self::Large { .. } => "remove it from the list of labels",
        }
    }
}

/// Decodes the content of a file.
///
/// # Errors
/// It is not a picture that torchvision would see in the same way.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => jpeg::decode(bytes),
        [0x89, b'P', b'N', b'G', ..] => Ok(Decoded { picture: png::decode(bytes)?, lenient: None }),
        _ => Err(DecodeError::Format(other(bytes))),
    }
}

/// The name of another format.
fn other(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        [b'G', b'I', b'F', b'8', ..] => "a GIF file",
        [b'B', b'M', ..] => "a BMP file",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "a WebP file",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "a TIFF file",
        [b'<', ..] => "a web page or an SVG file",
        _ => "something else",
    }
}

/// Refuses sizes that need too much memory.
fn check_size(width: u32, height: u32) -> Result<(), DecodeError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS { Err(DecodeError::Large { width, height }) } else { Ok(()) }
}

/// A picture from the bytes of a decoder with `samples` of 8 bits per pixel: grey, grey and alpha, RGB, or RGB and alpha.
fn picture(width: u32, height: u32, samples: usize, bytes: Vec<u8>) -> Result<Picture, DecodeError> {
    let rgb = match samples {
        1 | 2 => bytes.chunks_exact(samples).flat_map(|pixel| [pixel[0]; 3]).collect(),
        4 => bytes.chunks_exact(samples).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        _ => bytes,
    };
    Picture::new(width, height, rgb).ok_or_else(|| DecodeError::Corrupt("it has no pixels".to_owned()))
}
