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
    /// Two crossing strokes, upright.
    Plus,
    /// Two crossing strokes, diagonal.
    Cross,
}

/// Whether a mark's inside carries the colour; tells networks of one family apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Coloured.
    Full,
    /// White.
    Empty,
}

/// How one network is drawn in every figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// One hue a family.
    pub colour: Colour,
    /// One shape and inside a network.
    pub shape: Shape,
    /// See [`Inside`].
    pub inside: Inside,
}

/// The look of a network by name. Colours are those of the 2016 figures; a network they do not have is grey.
pub fn look(network: &str) -> Look {
    use Inside::{Empty, Full};
    let (code, shape, inside) = match network {
        "alexnet" => (0xfd8d3c, Shape::Circle, Full),
        "bn-alexnet" => (0xfecc5c, Shape::Circle, Empty),
        "bn-nin" => (0xde2d26, Shape::Cross, Full),
        "enet" => (0x000000, Shape::Plus, Full),
        "googlenet" => (0x08519c, Shape::Diamond, Full),
        "inception-v3" => (0x6baed6, Shape::Diamond, Empty),
        "inception-v4" => (0xc6dbef, Shape::Down, Full),
        "vgg-16" => (0x006d2c, Shape::Up, Full),
        "vgg-19" => (0x74c476, Shape::Up, Empty),
        "resnet-18" => (0x7a0177, Shape::Square, Full),
        "resnet-34" => (0xc51b8a, Shape::Square, Empty),
        "resnet-50" => (0xf768a1, Shape::Left, Full),
        "resnet-101" => (0xfa9fb5, Shape::Right, Full),
        "resnet-152" => (0xfcc5c0, Shape::Right, Empty),
        _ => (0x969696, Shape::Circle, Full),
    };
    Look { colour: hex(code), shape, inside }
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
    fn no_two_networks_share_a_colour_or_a_marker() {
        for (index, first) in NAMES.iter().enumerate() {
            for second in &NAMES[index + 1..] {
                let (a, b) = (look(first), look(second));
                assert_ne!(a.colour, b.colour, "{first} and {second}");
                assert_ne!((a.shape, a.inside), (b.shape, b.inside), "{first} and {second}");
            }
        }
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
