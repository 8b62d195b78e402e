//! How other machines are drawn in the figures that compare them. Knows no machine.

use offprint_plot::style::{MarkerStyle, Shape, cycle};

/// The marks of other machines, without end; neighbours differ in shape and colour. Discs are ours, crosses those of 2016.
pub fn looks() -> impl Iterator<Item = MarkerStyle> {
    cycle(Shape::ALL.into_iter().filter(|shape| !matches!(shape, Shape::Circle | Shape::Cross)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_machines_have_marks_of_their_own() {
        let looks: Vec<MarkerStyle> = looks().take(60).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[index + 1..].contains(look), "{index}: {look:?}");
        }
    }
}
