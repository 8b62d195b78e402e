//! How other machines are drawn in the figures that compare them. Knows no machine.

use crate::style::{Inside, Look, Shape, palette};

/// The marks of other machines, without end; neighbours differ in shape and colour. Discs are ours, crosses those of 2016.
pub fn looks() -> impl Iterator<Item = Look> {
    use palette::{BLUE, GREEN, ORANGE, PURPLE, VERMILION};
    let colours = [BLUE, VERMILION, GREEN, PURPLE, ORANGE].into_iter().cycle();
    let shapes = Shape::ALL.into_iter().filter(|shape| !matches!(shape, Shape::Circle | Shape::Cross)).cycle();
    shapes.zip(colours).map(|(shape, colour)| Look { colour, shape, inside: Inside::Full })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_machines_have_marks_of_their_own() {
        let looks: Vec<Look> = looks().take(60).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[index + 1..].contains(look), "{index}: {look:?}");
        }
    }
}
