//! Sizes and places: the size after `Resize` of the shorter side, and the corner of `CenterCrop`, as in torchvision 0.29.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels of a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

/// A part of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Column of its left pixels.
    pub x: u32,
    /// Row of its upper pixels.
    pub y: u32,
    /// Its size.
    pub size: Size,
}

impl Size {
    /// The size with `shorter` pixels on the shorter side. The longer one is rounded down (torchvision's
    /// `_compute_resized_output_size`). None if it is longer than `u32` can express.
    pub fn resized(self, shorter: u32) -> Option<Self> {
        let (short, long) = (self.width.min(self.height), self.width.max(self.height));
        let longer = u64::from(shorter) * u64::from(long) / u64::from(short.max(1));
        let longer = u32::try_from(longer).ok()?;
        Some(if self.width <= self.height {
            Self { width: shorter, height: longer }
        } else {
            Self { width: longer, height: shorter }
        })
    }

    /// The square of `side` pixels in the middle; a half is rounded to even, as Python's `round` does. None if the picture is
    /// smaller.
    pub fn centre(self, side: u32) -> Option<Window> {
        let middle = |length: u32| {
            let rest = length.checked_sub(side)?;
            let half = rest / 2;
            Some(half + u32::from(rest % 2 == 1 && half % 2 == 1))
        };
        Some(Window { x: middle(self.width)?, y: middle(self.height)?, size: Self { width: side, height: side } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Size and corner by torchvision 0.29.2 (`Resize(resize)`, `CenterCrop(crop)`) on pictures of Pillow 13.
    #[test]
    fn sizes_and_corners_are_those_of_torchvision() {
        let protocols = [(256, 224), (232, 224), (342, 299), (341, 299)];
        let table = [
            ((500, 375), [(341, 256, 58, 16), (309, 232, 42, 4), (456, 342, 78, 22), (454, 341, 78, 21)]),
            ((500, 333), [(384, 256, 80, 16), (348, 232, 62, 4), (513, 342, 107, 22), (512, 341, 106, 21)]),
            ((427, 640), [(256, 383, 16, 80), (232, 347, 4, 62), (342, 512, 22, 106), (341, 511, 21, 106)]),
            ((2848, 4288), [(256, 385, 16, 80), (232, 349, 4, 62), (342, 514, 22, 108), (341, 513, 21, 107)]),
            ((299, 400), [(256, 342, 16, 59), (232, 310, 4, 43), (342, 457, 22, 79), (341, 456, 21, 78)]),
            ((100, 75), [(341, 256, 58, 16), (309, 232, 42, 4), (456, 342, 78, 22), (454, 341, 78, 21)]),
        ];
        for ((width, height), expected) in table {
            for ((shorter, side), (new_width, new_height, x, y)) in protocols.into_iter().zip(expected) {
                let resized = Size { width, height }.resized(shorter).expect("a size");
                assert_eq!(resized, Size { width: new_width, height: new_height }, "{width}x{height} to {shorter}");
                let window = resized.centre(side).expect("it is large enough");
                assert_eq!((window.x, window.y), (x, y), "{width}x{height} to {shorter}, {side}");
            }
        }
    }

    #[test]
    fn a_picture_that_is_too_small_or_too_long_has_no_crop() {
        assert_eq!(Size { width: 300, height: 223 }.centre(224), None);
        assert_eq!(Size { width: 1, height: u32::MAX }.resized(256), None);
    }
}
