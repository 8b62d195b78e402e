//! The colour and marker of each network, and the colour of each kind of layer. Independent of data.

use offprint_plot::style::{Colour, Fill, MarkerStyle, Shape, hex, palette};
use results::LayerKind;

/// Opacity of the values of 2016.
pub const FAINT: f64 = 0.38;

/// The colour of networks without a colour of their own.
const OTHER: Colour = hex(0x969696);

/// The style of a network by name: one colour per family. No two networks of the study share a shape. A family of later networks has the
/// colour of an older one, but no network has both colour and shape of another. Other networks are grey discs.
pub fn marker_style(network: &str) -> MarkerStyle {
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
        "alexnet-torchvision" => (ORANGE, Shape::Square),
        "googlenet-torchvision" => (BLUE, Shape::Square),
        "squeezenet-1-1" => (VERMILION, Shape::Down),
        "densenet-121" => (PURPLE, Shape::Star),
        "mobilenet-v2" => (GREEN, Shape::Diamond),
        "mobilenet-v3-large" => (GREEN, Shape::Pentagon),
        "efficientnet-b0" => (BLACK, Shape::Up),
        "efficientnet-lite0" => (BLACK, Shape::Circle),
        "regnet-y-400mf" => (ORANGE, Shape::Hourglass),
        "convnext-tiny" => (VERMILION, Shape::Hexagon),
        "vit-b-16" => (VERMILION, Shape::Bowtie),
        _ => (OTHER, Shape::Circle),
    };
    MarkerStyle { colour, shape, fill: Fill::Solid }
}

/// The colour of a kind of layer. Networks have the pure hues: orange, red, blue, green, pink. Kinds have the remaining dull
/// hues, on both sides of the blue and yellow that colour-blind readers distinguish too. Violets multiply, browns compute element by
/// element, greys only add or move. All differ in lightness, so that grey print distinguishes them. Kinds that follow each other in
/// networks (conv, norm, relu, pool) differ the most.
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
                assert_ne!(marker_style(first).shape, marker_style(second).shape, "{first} and {second}");
            }
        }
    }

    #[test]
    fn each_family_has_a_colour_of_the_palette_to_itself() {
        use palette::{BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION};
        let mut colours: Vec<Colour> = NAMES.iter().map(|name| marker_style(name).colour).collect();
        colours.dedup();
        assert_eq!(colours, [ORANGE, VERMILION, BLACK, BLUE, GREEN, PURPLE]);
    }

    #[test]
    fn every_later_network_has_a_style_of_its_own_and_each_family_one_colour() {
        let later: Vec<networks::Network> = networks::modern();
        let all: Vec<MarkerStyle> =
            NAMES.into_iter().chain(later.iter().map(|network| network.name)).map(marker_style).collect();
        for (index, style) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(style) && style.colour != OTHER, "{index}");
        }
        for network in &later {
            let family = networks::all().into_iter().chain(networks::modern());
            let family = family.filter(|other| other.family == network.family);
            let colour = marker_style(network.name).colour;
            assert!(family.into_iter().all(|other| marker_style(other.name).colour == colour), "{}", network.name);
        }
    }

    #[test]
    fn kinds_of_layers_differ_in_grey_print_and_share_no_colour_with_a_network() {
        for (index, first) in LayerKind::ALL.into_iter().enumerate() {
            for second in LayerKind::ALL.into_iter().skip(index + 1) {
                let apart = colour_of_kind(first).luma().abs_diff(colour_of_kind(second).luma());
                assert!(apart >= 12, "{} and {}: {apart}", first.word(), second.word());
            }
            assert!(NAMES.iter().all(|name| marker_style(name).colour != colour_of_kind(first)), "{}", first.word());
        }
        let [conv, norm, relu] =
            [LayerKind::Conv, LayerKind::Norm, LayerKind::Relu].map(|kind| colour_of_kind(kind).luma());
        assert!(conv + 40 <= relu && relu + 40 <= norm, "{conv} {relu} {norm}");
    }
}
