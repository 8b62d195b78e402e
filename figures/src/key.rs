//! What the area of a disc means: the scale, and the row of sample discs above the plot. Knows no axis.

use crate::canvas::{Canvas, Stroke, Type};
use crate::font::{Weight, width};
use crate::number::{grouped, three};
use crate::rect::Place;
use crate::study::{Network, Study};
use crate::style::{BLACK, FRAME, SHADE, size};

/// Parameters of the sample discs [10^6], as in Figure 2 of the original.
const PARAMETERS: [f64; 6] = [5.0, 35.0, 65.0, 95.0, 125.0, 155.0];
/// Operations of the sample discs [G-Ops].
const OPERATIONS: [f64; 5] = [1.0, 5.0, 10.0, 20.0, 40.0];

/// Areas in proportion to a quantity.
#[derive(Clone, Debug)]
pub struct Key {
    title: &'static str,
    quantity: fn(&Network) -> f64,
    samples: Vec<f64>,
    /// Radius of the last sample [pt].
    largest: f64,
}

impl Key {
    /// By the number of parameters.
    pub fn parameters(study: &Study, largest: f64) -> Self {
        let quantity = |network: &Network| network.parameters_m;
        Self::new("Area: parameters [10\u{2076}]", quantity, &PARAMETERS, study, largest)
    }

    /// By the number of operations.
    pub fn operations(study: &Study, largest: f64) -> Self {
        Self::new("Area: operations [G-Ops]", |network| network.g_ops, &OPERATIONS, study, largest)
    }

    fn new(title: &'static str, quantity: fn(&Network) -> f64, samples: &[f64], study: &Study, largest: f64) -> Self {
        let most = study.networks.iter().chain(&study.published).map(quantity).fold(0.0, f64::max);
        let last = samples.last().copied().unwrap_or(1.0);
        // Larger networks than those of 2016 get larger samples, not discs that fill the sheet.
        let scale = if most > last { most / last } else { 1.0 };
        let rounded = |sample: &f64| if scale > 1.0 { two_digits(sample * scale) } else { *sample };
        Self { title, quantity, samples: samples.iter().map(rounded).collect(), largest }
    }

    /// Radius of a network's disc [pt].
    pub fn radius(&self, network: &Network) -> f64 {
        self.radius_of((self.quantity)(network))
    }

    fn radius_of(&self, quantity: f64) -> f64 {
        let last = self.samples.last().copied().unwrap_or(1.0);
        self.largest * (quantity / last).max(0.0).sqrt()
    }

    /// Height of the row of samples [pt].
    pub fn height(&self) -> f64 {
        2.0 * self.largest + 6.0
    }

    /// Draws the row from `left` on.
    pub fn draw(&self, canvas: &mut Canvas, left: f64) {
        let y = self.largest + 1.0;
        let text = Type::new(size::SMALL, BLACK);
        canvas.text((left, y), self.title, text);
        let mut x = left + width(self.title, size::SMALL, Weight::Regular) + 12.0;
        for sample in &self.samples {
            let radius = self.radius_of(*sample);
            let centre: Place = (x + radius, y);
            canvas.disc(centre, radius, SHADE);
            canvas.ring(centre, radius, Stroke { colour: FRAME, width: 0.6 });
            canvas.disc(centre, 0.9, BLACK);
            let label =
                if *sample < 1e5 { grouped(*sample, usize::from(sample.fract() != 0.0)) } else { three(*sample) };
            x += 2.0 * radius + 3.0;
            canvas.text((x, y), &label, text);
            x += width(&label, size::SMALL, Weight::Regular) + 11.0;
        }
    }
}

/// Rounded up to two digits.
fn two_digits(value: f64) -> f64 {
    let unit = libm::pow(10.0, libm::floor(libm::log10(value.max(f64::MIN_POSITIVE))) - 1.0);
    (value / unit).ceil() * unit
}
