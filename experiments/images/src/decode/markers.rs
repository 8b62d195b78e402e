//! The markers of a JPEG file (ITU-T T.81, annex B): what its frame declares, and whether it ends where a picture ends. Independent of pixels.

use super::{DecodeError, check_size};

/// What the frame header declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Huffman coding with 8-bit samples, baseline or progressive.
    pub(super) is_common: bool,
    /// Horizontal and vertical sampling factors of the components.
    pub(super) sampling: Vec<(u8, u8)>,
}

/// Reads the markers up to the end of the picture. Bytes between segments are skipped, as libjpeg does.
pub(super) fn frame(bytes: &[u8]) -> Result<Frame, DecodeError> {
    let corrupt = |text: &str| DecodeError::Corrupt(text.to_owned());
    let (mut rest, mut frame, mut has_scan) = (bytes.get(2..).unwrap_or_default(), None, false);
    loop {
        let start = rest.iter().position(|byte| *byte == 0xff).ok_or(DecodeError::Truncated)?;
        let fill = rest[start..].iter().position(|byte| *byte != 0xff).ok_or(DecodeError::Truncated)?;
        let marker = rest[start + fill];
        rest = &rest[start + fill + 1..];
        match marker {
            // A byte 0xff of a scan; restarts; start of image; markers without content.
            0 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 if has_scan => break,
            0xd9 => return Err(corrupt("it has no scan")),
            _ => {}
        }
        let length = rest.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)));
        let length = length.ok_or(DecodeError::Truncated)?;
        let segment =
            rest.get(..length).ok_or(DecodeError::Truncated)?.get(2..).ok_or_else(|| corrupt("a short segment"))?;
        rest = &rest[length..];
        match marker {
            // Huffman and arithmetic tables have numbers among those of frames.
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf if frame.is_some() => return Err(corrupt("it has two frames")),
            0xc0..=0xcf => frame = Some(declared(marker, segment).ok_or_else(|| corrupt("its frame header is short"))?),
            0xda if frame.is_none() => return Err(corrupt("it has no frame header")),
            0xda => has_scan = true,
            _ => {}
        }
    }
    let frame = frame.ok_or_else(|| corrupt("it has no frame header"))?;
    check_size(frame.width, frame.height)?;
    Ok(frame)
}

/// The content of a frame header.
fn declared(marker: u8, segment: &[u8]) -> Option<Frame> {
    let &[precision, y1, y2, x1, x2, components, ref rest @ ..] = segment else { return None };
    let components = rest.get(..3 * usize::from(components))?.chunks_exact(3);
    Some(Frame {
        width: u16::from_be_bytes([x1, x2]).into(),
        height: u16::from_be_bytes([y1, y2]).into(),
        is_common: matches!(marker, 0xc0..=0xc2) && precision == 8,
        sampling: components.map(|component| (component[1] >> 4, component[1] & 15)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [u8; 19] = [0xff, 0xc0, 0, 17, 8, 0, 3, 0, 5, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
    const SCAN: [u8; 12] = [0xff, 0xda, 0, 4, 1, 2, 7, 0xff, 0, 8, 0xff, 0xd3];

    fn of(parts: &[&[u8]]) -> Result<Frame, DecodeError> {
        frame(&[&[0xff, 0xd8], &parts.concat()[..]].concat())
    }

    #[test]
    fn a_frame_declares_size_and_sampling() {
        let expected = Frame { width: 5, height: 3, is_common: true, sampling: vec![(2, 2), (1, 1), (1, 1)] };
        assert_eq!(of(&[&FRAME, &SCAN, &[0xff, 0xd9]]).expect("a frame"), expected);
        // Bytes between segments, fill bytes, bytes after the end.
        assert_eq!(of(&[&[1, 2, 0xff], &FRAME, &[9], &SCAN, &[0xff, 0xd9, 7]]).expect("a frame"), expected);
    }

    #[test]
    fn a_file_without_the_end_of_its_picture_is_truncated() {
        let whole = [&[0xff, 0xd8][..], &FRAME, &SCAN, &[0xff, 0xd9]].concat();
        for length in 2..whole.len() {
            assert!(matches!(frame(&whole[..length]), Err(DecodeError::Truncated)), "{length}");
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_corrupt() {
        for parts in [
            &[&FRAME[..], &[0xff, 0xd9]][..],
            &[&SCAN, &[0xff, 0xd9]],
            &[&FRAME, &FRAME, &SCAN, &[0xff, 0xd9]],
            &[&[0xff, 0xe0, 0, 1], &FRAME, &SCAN, &[0xff, 0xd9]],
            &[&[0xff, 0xc0, 0, 4, 8, 0], &SCAN, &[0xff, 0xd9]],
        ] {
            assert!(matches!(of(parts), Err(DecodeError::Corrupt(_))), "{parts:?}");
        }
    }
}
