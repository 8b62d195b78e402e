//! How other machines are drawn in the figures that compare them. Independent of machines.

use offprint_plot::style::{MarkerStyle, Shape, cycle};

/// An endless sequence of marks for other machines; neighbours differ in shape and colour. Discs are this machine, crosses 2016.
pub fn machine_styles() -> impl Iterator<Item = MarkerStyle> {
    cycle(Shape::ALL.into_iter().filter(|shape| !matches!(shape, Shape::Circle | Shape::Cross)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_machines_have_distinct_marks() {
        let machine_styles: Vec<MarkerStyle> = machine_styles().take(60).collect();
        for (index, style) in machine_styles.iter().enumerate() {
            assert!(!machine_styles[index + 1..].contains(style), "{index}: {style:?}");
        }
    }
}
