//! The style that all figures share: text sizes, greys, a palette for every kind of colour vision, and the style of a
//! marker.

/// Width of the text of a paper on A4 or US Letter, 160 mm, which is that of a full-width figure (pt).
pub const TEXT_WIDTH: f64 = 453.5;

/// Sizes of text (pt).
pub mod size {
    /// Axis titles, names.
    pub const TEXT: f64 = 8.5;
    /// Tick labels, labels next to points, legends.
    pub const SMALL: f64 = 8.0;
    /// Notes below a plot.
    pub const NOTE: f64 = 7.5;
}

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour {
    /// Red, green, blue.
    pub rgb: (u8, u8, u8),
    /// 0 (nothing) to 1.
    pub opacity: f64,
}

/// An opaque colour from its hexadecimal code.
pub const fn hex(code: u32) -> Colour {
    Colour { rgb: ((code >> 16) as u8, (code >> 8) as u8, code as u8), opacity: 1.0 }
}

/// Text, and markers without their own colour.
pub const BLACK: Colour = hex(0x1a1a1a);
/// Notes.
pub const GREY: Colour = hex(0x555555);
/// Frames and ticks.
pub const FRAME: Colour = hex(0x808080);
/// Grids.
pub const GRID: Colour = hex(0xe4e4e4);
/// Bands and shaded regions, pale enough for a visible watermark.
pub const SHADE: Colour = Colour { rgb: (0, 0, 0), opacity: 0.06 };
/// The watermark, pale enough not to hide text.
pub const WATERMARK: Colour = hex(0xf2e2e2);
/// Warnings.
pub const WARNING: Colour = hex(0xa11212);
/// The background.
pub const WHITE: Colour = hex(0xffffff);

impl Colour {
    /// The same colour, less opaque.
    pub fn at(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// Its lightness, 0 to 255: the luma of ITU-R BT.601.
    pub fn luma(self) -> u32 {
        let (red, green, blue) = self.rgb;
        (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000
    }

    /// Darkened so that a thin line is visible on white paper.
    pub fn for_lines(self) -> Self {
        const LIGHTEST: u32 = 165;
        let (luma, (red, green, blue)) = (self.luma(), self.rgb);
        if luma <= LIGHTEST {
            return self;
        }
        let darker = |part: u8| (u32::from(part) * LIGHTEST / luma).min(255) as u8;
        Self { rgb: (darker(red), darker(green), darker(blue)), ..self }
    }
}

/// The outline of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Circle,
    /// A square with a horizontal side.
    Square,
    /// A square with a corner at the bottom.
    Diamond,
    /// A triangle pointing up.
    Up,
    /// A triangle pointing down.
    Down,
    /// A triangle pointing left.
    Left,
    /// A triangle pointing right.
    Right,
    /// An upright cross.
    Plus,
    /// A diagonal cross.
    Cross,
    /// A pentagon with a corner at the top.
    Pentagon,
    /// A hexagon.
    Hexagon,
    /// A star with four rays.
    Star,
    /// Two triangles, one above the other.
    Hourglass,
    /// Two triangles side by side.
    Bowtie,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Circle,
        Self::Square,
        Self::Diamond,
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::Plus,
        Self::Cross,
        Self::Pentagon,
        Self::Hexagon,
        Self::Star,
        Self::Hourglass,
        Self::Bowtie,
    ];
}

/// How a marker is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Filled with its colour.
    Solid,
    /// Filled with white, by convention for a value with a reservation.
    Open,
}

/// The style of the points of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarkerStyle {
    /// The colour of its edge, its line and a solid marker.
    pub colour: Colour,
    /// Its outline.
    pub shape: Shape,
    /// Its fill.
    pub fill: Fill,
}

impl MarkerStyle {
    /// The same, with an open marker if `flagged`.
    pub fn open_if(self, flagged: bool) -> Self {
        Self { fill: if flagged { Fill::Open } else { self.fill }, ..self }
    }
}

/// The palette of M. Okabe and K. Ito, Color Universal Design, 2008: colours that people of every kind of colour vision
/// can tell apart.
pub mod palette {
    use super::{Colour, hex};

    /// Orange.
    pub const ORANGE: Colour = hex(0xe69f00);
    /// Blue.
    pub const BLUE: Colour = hex(0x0072b2);
    /// Bluish green.
    pub const GREEN: Colour = hex(0x009e73);
    /// Vermilion.
    pub const VERMILION: Colour = hex(0xd55e00);
    /// Reddish purple.
    pub const PURPLE: Colour = hex(0xcc79a7);
    /// Black.
    pub const BLACK: Colour = hex(0x000000);
}

/// An endless sequence of styles for series: each with the next shape and the next colour of the palette, so that
/// neighbours differ in both.
pub fn cycle(shapes: impl Iterator<Item = Shape> + Clone) -> impl Iterator<Item = MarkerStyle> {
    use palette::{BLUE, GREEN, ORANGE, PURPLE, VERMILION};
    let colours = [BLUE, VERMILION, GREEN, PURPLE, ORANGE].into_iter().cycle();
    shapes.cycle().zip(colours).map(|(shape, colour)| MarkerStyle { colour, shape, fill: Fill::Solid })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE L*a*b* (1976, D65) of a colour as seen by a person whose colour vision transforms linear RGB by this matrix.
    fn seen(colour: Colour, by: [[f64; 3]; 3]) -> [f64; 3] {
        let (red, green, blue) = colour.rgb;
        let linear = [red, green, blue].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
        });
        let times =
            |matrix: [[f64; 3]; 3], of: [f64; 3]| matrix.map(|row| row.iter().zip(of).map(|(a, b)| a * b).sum::<f64>());
        let rgb = times(by, linear).map(|part| part.clamp(0.0, 1.0));
        let xyz = times(
            [
                [0.412_456_4, 0.357_576_1, 0.180_437_5],
                [0.212_672_9, 0.715_152_2, 0.072_175],
                [0.019_333_9, 0.119_192, 0.950_304_1],
            ],
            rgb,
        );
        let f = |t: f64| if t > 216.0 / 24389.0 { libm::cbrt(t) } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
        let [x, y, z] = [f(xyz[0] / 0.950_47), f(xyz[1]), f(xyz[2] / 1.088_83)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn the_colours_of_the_palette_differ_for_every_kind_of_colour_vision() {
        // G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, A physiologically-based model for simulation of color
        // vision deficiency, IEEE TVCG 15, 2009: none, protanopia, deuteranopia, tritanopia.
        let kinds = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ];
        // Six times the smallest difference that can be seen, 2.3 (M. Mahy and others, Color Research and Application
        // 19, 1994).
        const MIN: f64 = 14.0;
        use palette::{BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION};
        let colours = [ORANGE, BLUE, GREEN, VERMILION, PURPLE, BLACK];
        for by in kinds {
            for (index, first) in colours.iter().enumerate() {
                for second in &colours[index + 1..] {
                    let [a, b] = [*first, *second].map(|colour| seen(colour, by));
                    let apart = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                    assert!(apart > MIN, "{first:?} and {second:?}: {apart}");
                }
            }
        }
        // The test works: this red and this olive differ for most people, but not for deuteranopes.
        let apart = |by: [[f64; 3]; 3]| {
            let [a, b] = [0xcc3311, 0x808000].map(|code| seen(hex(code), by));
            a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        assert!(apart(kinds[0]) > 4.0 * MIN && apart(kinds[2]) < MIN / 2.0);
    }

    #[test]
    fn sixty_series_have_styles_of_their_own() {
        let styles: Vec<MarkerStyle> = cycle(Shape::ALL.into_iter()).take(60).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[index + 1..].contains(style), "{index}: {style:?}");
        }
    }

    #[test]
    fn a_line_colour_keeps_the_hue_and_is_never_pale() {
        assert_eq!(hex(0x08519c).for_lines(), hex(0x08519c));
        let pale = hex(0xfcc5c0).for_lines();
        assert!(pale.rgb.0 > pale.rgb.1 && pale.rgb.1 > pale.rgb.2 && pale.rgb.0 < 0xfc);
    }
}
