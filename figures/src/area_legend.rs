//! The legend of areas: the scale of discs, and sample discs nested in a corner of the plot. Independent of axes.

use offprint_plot::canvas::{Align, Canvas, Stroke, TextStyle};
use offprint_plot::font::{Weight, width};
use offprint_plot::number::{grouped, three};
use offprint_plot::rect::{Position, Rect};
use offprint_plot::style::{BLACK, FRAME, SHADE, size};

use crate::figure_data::{FigureData, Network};

/// Parameters of the sample discs [10^6], which span those of the original.
const PARAMETERS: [f64; 3] = [10.0, 50.0, 150.0];
/// From the samples to the edges of the plot [pt].
const INSIDE: f64 = 7.0;

/// Areas in proportion to a quantity.
#[derive(Clone, Debug)]
pub struct AreaLegend {
    title: &'static str,
    quantity: fn(&Network) -> f64,
    samples: Vec<f64>,
    /// Radius of the last sample [pt].
    largest: f64,
}

impl AreaLegend {
    /// By the number of parameters.
    pub fn parameters(data: &FigureData, largest: f64) -> Self {
        let quantity = |network: &Network| network.parameters_m;
        Self::new("Area: parameters [10\u{2076}]", quantity, &PARAMETERS, data, largest)
    }

    fn new(
        title: &'static str,
        quantity: fn(&Network) -> f64,
        samples: &[f64],
        data: &FigureData,
        largest: f64,
    ) -> Self {
        let max = data.networks.iter().chain(&data.published).map(quantity).fold(0.0, f64::max);
        let last = samples.last().copied().unwrap_or(1.0);
        // Larger networks than those of 2016 get larger samples, not discs that fill the figure.
        let scale = if max > last { max / last } else { 1.0 };
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

    /// Draws the samples nested, with their numbers at the right, in the corner where they cover the fewest discs; returns their box.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect, discs: &[(Position, f64)]) -> Rect {
        let with = TextStyle::new(size::NOTE, BLACK);
        let label = |sample: f64| {
            if sample < 1e5 { grouped(sample, usize::from(sample.fract() != 0.0)) } else { three(sample) }
        };
        let numbers = self.samples.iter().map(|sample| width(&label(*sample), with.size, Weight::Regular));
        let (numbers, title) = (numbers.fold(0.0, f64::max), width(self.title, with.size, Weight::Regular));
        let wide = (2.0 * self.largest + 8.0 + numbers).max(title);
        let high = 2.0 * self.largest + 14.0;
        let inner = area.grown(-INSIDE);
        let corner = |left: f64, top: f64| Rect { left, top, right: left + wide, bottom: top + high };
        let (right, bottom) = (inner.right - wide, inner.bottom - high);
        let corners = [(right, bottom), (inner.left, inner.top), (inner.left, bottom), (right, inner.top)];
        let covered = |room: &Rect| discs.iter().filter(|(at, radius)| room.meets_disc(*at, *radius)).count();
        let rooms = corners.map(|(left, top)| corner(left, top));
        let room = rooms.into_iter().min_by_key(covered).unwrap_or(rooms[0]);
        canvas.text((room.left, room.top + 4.0), self.title, with);
        let x = room.left + self.largest;
        let mut last = f64::INFINITY;
        for sample in &self.samples {
            let radius = self.radius_of(*sample);
            let centre: Position = (x, room.bottom - radius);
            canvas.disc(centre, radius, SHADE);
            canvas.ring(centre, radius, Stroke { colour: FRAME, width: 0.6 });
            // From the top of the disc to its number, which must not overlap the number below.
            let top = (room.bottom - 2.0 * radius).min(last - 8.0).min(room.bottom - 4.0);
            last = top;
            let end = room.left + 2.0 * self.largest + 5.0;
            canvas.path([(x, room.bottom - 2.0 * radius), (end, top)], Stroke { colour: FRAME, width: 0.4 });
            canvas.text((end + 2.0, top), &label(*sample), with.align(Align::Start));
        }
        room
    }
}

/// Rounded up to two digits.
fn two_digits(value: f64) -> f64 {
    let unit = libm::pow(10.0, libm::floor(libm::log10(value.max(f64::MIN_POSITIVE))) - 1.0);
    (value / unit).ceil() * unit
}
