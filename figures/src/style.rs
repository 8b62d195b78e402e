//! How figures look: sizes, greys, the colour and marker of each network, and the colour of each kind of layer. Knows no data.

use results::LayerKind;

/// Sizes of text [pt].
pub mod size {
    /// Axis titles, names.
    pub const TEXT: f64 = 8.5;
    /// Tick labels, labels beside points, legends.
    pub const SMALL: f64 = 8.0;
    /// Notes below a plot and beside a legend's entry.
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

/// Text and marks of no network.
pub const BLACK: Colour = hex(0x1a1a1a);
/// Notes.
pub const GREY: Colour = hex(0x555555);
/// Frames and ticks.
pub const FRAME: Colour = hex(0x808080);
/// Grids.
pub const GRID: Colour = hex(0xe4e4e4);
/// Regions no point reached, sample discs. The watermark shows through.
pub const SHADE: Colour = Colour { rgb: (0, 0, 0), opacity: 0.06 };
/// Opacity of what is of 2016.
pub const FAINT: f64 = 0.38;
/// The watermark of a simulated device: pale enough to read through.
pub const WATERMARK: Colour = hex(0xf2e2e2);
/// What must not be overlooked; the report's banners have it too.
pub const ALARM: Colour = hex(0xa11212);
/// Paper.
pub const WHITE: Colour = hex(0xffffff);

impl Colour {
    /// The same colour, less opaque.
    pub fn at(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// How light it is, 0 to 255: the luma of ITU-R BT.601.
    pub fn luma(self) -> u32 {
        let (red, green, blue) = self.rgb;
        (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000
    }

    /// Mixed with black so far that a thin line of it can be told from white paper.
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

/// The outline of a point's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Circle,
    /// A square on its side.
    Square,
    /// A square on its corner.
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
    /// Five corners, one of them up.
    Pentagon,
    /// Six corners.
    Hexagon,
    /// Four rays.
    Star,
    /// Two triangles, one upon the other.
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

/// Whether a mark's inside carries the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Coloured.
    Full,
    /// White: something disturbed the measurement.
    Open,
}

/// How one network is drawn in every figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// One colour a family.
    pub colour: Colour,
    /// One shape a network.
    pub shape: Shape,
    /// See [`Inside`].
    pub inside: Inside,
}

impl Look {
    /// The same with an open mark where `flagged`.
    pub fn open_if(self, flagged: bool) -> Self {
        Self { inside: if flagged { Inside::Open } else { self.inside }, ..self }
    }
}

/// The palette of M. Okabe and K. Ito, Color Universal Design, 2008: colours that people of every kind of colour vision can tell apart.
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

/// The look of a network by name: one colour a family, one shape a network. A network that is not of the study is a grey disc.
pub fn look(network: &str) -> Look {
    use palette::{BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION};
    let (colour, shape) = match network {
        "alexnet" => (ORANGE, Shape::Circle),
        "bn-alexnet" => (ORANGE, Shape::Hexagon),
        "bn-nin" => (VERMILION, Shape::Cross),
        "enet" => (BLACK, Shape::Plus),
        "googlenet" => (BLUE, Shape::Diamond),
        "inception-v3" => (BLUE, Shape::Star),
        "inception-v4" => (BLUE, Shape::Hourglass),
        "vgg-16" => (GREEN, Shape::Up),
        "vgg-19" => (GREEN, Shape::Down),
        "resnet-18" => (PURPLE, Shape::Square),
        "resnet-34" => (PURPLE, Shape::Left),
        "resnet-50" => (PURPLE, Shape::Right),
        "resnet-101" => (PURPLE, Shape::Pentagon),
        "resnet-152" => (PURPLE, Shape::Bowtie),
        _ => (hex(0x969696), Shape::Circle),
    };
    Look { colour, shape, inside: Inside::Full }
}

/// The colour of a kind of layer. Networks have the pure hues: orange, red, blue, green, pink. Kinds have what these leave free,
/// dull, and on both sides of the blue and yellow that the colour-blind see too: violets multiply, browns compute number by
/// number, greys only add up or move. All differ in lightness, so that grey print tells them apart; those that follow each
/// other in networks (conv, norm, relu, pool) differ most.
pub fn colour_of_kind(kind: LayerKind) -> Colour {
    hex(match kind {
        LayerKind::Conv => 0x3a3478,
        LayerKind::Linear => 0xa29be6,
        LayerKind::Norm => 0xe2c692,
        LayerKind::Relu => 0x965c2c,
        LayerKind::Pool => 0xbc9450,
        LayerKind::Lrn => 0x6a4a2e,
        LayerKind::Sum => 0x808080,
        LayerKind::Concat => 0xb4b4b4,
        LayerKind::Pad => 0xdcdcdc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 14] = [
        "alexnet",
        "bn-alexnet",
        "bn-nin",
        "enet",
        "googlenet",
        "inception-v3",
        "inception-v4",
        "vgg-16",
        "vgg-19",
        "resnet-18",
        "resnet-34",
        "resnet-50",
        "resnet-101",
        "resnet-152",
    ];

    #[test]
    fn no_two_networks_share_a_shape() {
        for (index, first) in NAMES.iter().enumerate() {
            for second in &NAMES[index + 1..] {
                assert_ne!(look(first).shape, look(second).shape, "{first} and {second}");
            }
        }
    }

    /// CIE L*a*b* (1976, D65) of what somebody sees whose colour vision turns linear RGB by that matrix.
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
    fn families_can_be_told_apart_by_every_kind_of_colour_vision() {
        // G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, A physiologically-based model for simulation of color vision deficiency,
        // IEEE TVCG 15, 2009: nobody's, protanopia, deuteranopia, tritanopia.
        let kinds = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ];
        // Six times the least difference that can be seen, 2.3 (M. Mahy and others, Color Research and Application 19, 1994).
        const LEAST: f64 = 14.0;
        let mut colours: Vec<Colour> = NAMES.iter().map(|name| look(name).colour).collect();
        colours.dedup();
        assert_eq!(colours.len(), 6);
        for by in kinds {
            for (index, first) in colours.iter().enumerate() {
                for second in &colours[index + 1..] {
                    let [a, b] = [*first, *second].map(|colour| seen(colour, by));
                    let apart = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                    assert!(apart > LEAST, "{first:?} and {second:?}: {apart}");
                }
            }
        }
        // The test sees what it looks for: this red and this olive are far apart for most people, and one colour to deuteranopes.
        let apart = |by: [[f64; 3]; 3]| {
            let [a, b] = [0xcc3311, 0x808000].map(|code| seen(hex(code), by));
            a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        assert!(apart(kinds[0]) > 4.0 * LEAST && apart(kinds[2]) < LEAST / 2.0);
    }

    #[test]
    fn kinds_of_layers_differ_in_grey_print_and_have_no_networks_colour() {
        for (index, first) in LayerKind::ALL.into_iter().enumerate() {
            for second in LayerKind::ALL.into_iter().skip(index + 1) {
                let apart = colour_of_kind(first).luma().abs_diff(colour_of_kind(second).luma());
                assert!(apart >= 12, "{} and {}: {apart}", first.word(), second.word());
            }
            assert!(NAMES.iter().all(|name| look(name).colour != colour_of_kind(first)), "{}", first.word());
        }
        let [conv, norm, relu] =
            [LayerKind::Conv, LayerKind::Norm, LayerKind::Relu].map(|kind| colour_of_kind(kind).luma());
        assert!(conv + 40 <= relu && relu + 40 <= norm, "{conv} {relu} {norm}");
    }

    #[test]
    fn a_line_colour_keeps_the_hue_and_is_never_pale() {
        assert_eq!(hex(0x08519c).for_lines(), hex(0x08519c));
        let pale = hex(0xfcc5c0).for_lines();
        assert!(pale.rgb.0 > pale.rgb.1 && pale.rgb.1 > pale.rgb.2 && pale.rgb.0 < 0xfc);
    }
}
