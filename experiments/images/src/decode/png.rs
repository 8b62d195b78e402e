//! PNG. Independent of the other formats.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{DecodeError, check_size, picture};
use crate::picture::{MAX_PIXELS, Picture};

impl From<DecodingError> for DecodeError {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            error => Self::Corrupt(error.to_string()),
        }
    }
}

/// The first frame. 16-bit colours lose their lower byte, as in Pillow.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    // For chunks, of which none is needed.
    let limits = Limits { bytes: MAX_PIXELS as usize };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info()?;
    check_size(header.width, header.height)?;
    if (header.color_type, header.bit_depth) == (ColorType::Grayscale, BitDepth::Sixteen) {
        return Err(DecodeError::Refused("it has 16-bit grey levels, which Pillow clips to white"));
    }
    let mut reader = decoder.read_info()?;
    // The decoder panics on such a palette: https://github.com/image-rs/image-png/issues/694.
    if reader.info().palette.as_ref().is_some_and(|palette| palette.len() % 3 != 0) {
        return Err(DecodeError::Corrupt("its palette ends within a colour".to_owned()));
    }
    let size = reader.output_buffer_size().ok_or(DecodeError::Truncated)?;
    let mut out = vec![0; size];
    let frame = reader.next_frame(&mut out)?;
    reader.finish()?;
    picture(frame.width, frame.height, frame.color_type.samples(), out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checksum of a chunk.
    fn crc(bytes: &[u8]) -> u32 {
        let bit = |crc: u32| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
    }

    /// A picture of indices whose palette has this many bytes less.
    fn with_shorter_palette(less: usize) -> Vec<u8> {
        let file = include_bytes!("../../tests/reference/palette.png");
        let at = file.windows(4).position(|kind| kind == b"PLTE").expect("a palette");
        let length = file[at - 1] as usize;
        let chunk = &file[at..at + 4 + length - less];
        let size = ((length - less) as u32).to_be_bytes();
        [&file[..at - 4], &size, chunk, &crc(chunk).to_be_bytes(), &file[at + 8 + length..]].concat()
    }

    #[test]
    fn a_palette_that_ends_within_a_colour_is_refused() {
        assert_eq!(with_shorter_palette(0), include_bytes!("../../tests/reference/palette.png"));
        assert!(decode(&with_shorter_palette(0)).is_ok() && decode(&with_shorter_palette(3)).is_ok());
        for less in [1, 2, 4, 5] {
            let error = decode(&with_shorter_palette(less)).expect_err("a part of a colour").to_string();
            assert_eq!(error, "it cannot be decoded: its palette ends within a colour");
        }
    }
}
