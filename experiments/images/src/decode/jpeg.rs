//! JPEG: strictly first; a file with errors that Pillow tolerates is decoded leniently and reported.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::markers::{self, Frame};
use super::{DecodeError, Decoded, picture};
use crate::picture::Picture;

/// Longest side that the format can express.
const MAX_SIDE: usize = 65_535;

/// Decodes a file that begins as a JPEG file.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    // The lenient decoder fills what is missing with grey, so the end is looked for here.
    let frame = markers::frame(bytes)?;
    #[cfg(feature = "libjpeg")]
    if frame.sampling.len() != 4 {
        let refused = match exact(bytes, &frame) {
            Ok(picture) => return Ok(Decoded { picture, lenient: None }),
            Err(error) => error.to_string(),
        };
        check(&frame)?;
        return Ok(Decoded { picture: pure(bytes, &frame, Errors::Tolerated)?, lenient: Some(refused) });
    }
    check(&frame)?;
    match pure(bytes, &frame, Errors::Refused) {
        Ok(picture) => Ok(Decoded { picture, lenient: None }),
        Err(strict) => {
            Ok(Decoded { picture: pure(bytes, &frame, Errors::Tolerated)?, lenient: Some(strict.to_string()) })
        }
    }
}

impl From<DecodeErrors> for DecodeError {
    fn from(error: DecodeErrors) -> Self {
        match error {
            DecodeErrors::ExhaustedData => Self::Truncated,
            error => Self::Corrupt(error.to_string()),
        }
    }
}

/// What happens to a file with errors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    Refused,
    Tolerated,
}

/// Refuses what the decoder in pure Rust decodes otherwise than Pillow, without an error.
fn check(frame: &Frame) -> Result<(), DecodeError> {
    if !frame.is_common {
        let text = "it has lossless or arithmetic coding or 12-bit samples, which only the feature `libjpeg` decodes";
        return Err(DecodeError::Refused(text));
    }
    match &frame.sampling[..] {
        [_] => Ok(()),
        [first, others @ ..] if matches!(others.len(), 2 | 3) => {
            let is_largest = others.iter().all(|(x, y)| *x <= first.0 && *y <= first.1);
            let text =
                "its brightness is sampled more coarsely than its colours, which only the feature `libjpeg` decodes";
            if is_largest { Ok(()) } else { Err(DecodeError::Refused(text)) }
        }
        _ => Err(DecodeError::Refused("it has neither 1, 3 nor 4 components")),
    }
}

fn pure(bytes: &[u8], frame: &Frame, errors: Errors) -> Result<Picture, DecodeErrors> {
    // Inverted inks of four components become RGB.
    let (colours, samples) = if frame.sampling.len() == 1 { (ColorSpace::Luma, 1) } else { (ColorSpace::RGB, 3) };
    let options = DecoderOptions::default()
        .set_strict_mode(errors == Errors::Refused)
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(colours);
    let pixels = JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode()?;
    picture(frame.width, frame.height, samples, pixels).map_err(|error| DecodeErrors::Format(error.to_string()))
}

/// By libjpeg-turbo, which regards every warning as an error here.
#[cfg(feature = "libjpeg")]
fn exact(bytes: &[u8], frame: &Frame) -> Result<Picture, turbojpeg::Error> {
    use turbojpeg::{Decompressor, Image, PixelFormat};
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut pixels = vec![0; 3 * width * height];
    let image = Image { pixels: &mut pixels[..], width, pitch: 3 * width, height, format: PixelFormat::RGB };
    Decompressor::new()?.decompress(bytes, image)?;
    picture(frame.width, frame.height, 3, pixels).map_err(|error| turbojpeg::Error::TurboJpegError(error.to_string()))
}
