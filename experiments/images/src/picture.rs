//! A picture in memory: 8-bit red, green and blue, row by row.

/// Most pixels of a picture that are read: Pillow warns of a decompression bomb beyond this number
/// (`PIL.Image.MAX_IMAGE_PIXELS`). The largest picture of ImageNet's validation set has 12 million.
pub const MAX_PIXELS: u64 = 89_478_485;

/// Bytes of a pixel.
pub(crate) const CHANNELS: usize = 3;

/// A picture of at least one pixel.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Picture {
    /// A picture from its bytes `[height, width, 3]`. None if it has no pixels, more than [`MAX_PIXELS`], or another number
    /// of bytes.
    pub fn new(width: u32, height: u32, bytes: Vec<u8>) -> Option<Self> {
        let pixels = u64::from(width) * u64::from(height);
        let fits = (1..=MAX_PIXELS).contains(&pixels) && bytes.len() as u64 == pixels * CHANNELS as u64;
        fits.then_some(Self { width, height, bytes })
    }

    /// Pixels of a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Its bytes `[height, width, 3]`.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One row, `[width, 3]`.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        let length = self.width as usize * CHANNELS;
        &self.bytes[row * length..][..length]
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "picture of {} x {} pixels", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_pixels_and_as_many_bytes_as_they_need() {
        assert!(Picture::new(2, 1, vec![0; 6]).is_some());
        for (width, height, bytes) in [(0, 1, 0), (1, 0, 0), (2, 1, 5), (2, 1, 7), (u32::MAX, u32::MAX, 3)] {
            assert_eq!(Picture::new(width, height, vec![0; bytes]), None);
        }
    }
}
