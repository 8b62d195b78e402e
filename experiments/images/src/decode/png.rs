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
    let size = reader.output_buffer_size().ok_or(DecodeError::Truncated)?;
    let mut out = vec![0; size];
    let frame = reader.next_frame(&mut out)?;
    reader.finish()?;
    picture(frame.width, frame.height, frame.color_type.samples(), out)
}
