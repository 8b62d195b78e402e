//! A sentence inside a frame, for example instead of missing points.

use crate::canvas::{Align, Canvas, TextStyle, text_box};
use crate::font::{Weight, wrap};
use crate::rect::{Position, Rect};
use crate::style::{GREY, WHITE, size};

/// Number of tried heights, from the top of the frame to its bottom.
const HEIGHTS: [f64; 6] = [0.5, 0.35, 0.65, 0.2, 0.8, 0.1];
/// Distance of lines (pt).
const LEADING: f64 = 11.0;

/// Writes a message where it covers the fewest discs, and returns its boxes.
pub fn draw(canvas: &mut Canvas, area: Rect, message: &str, discs: &[(Position, f64)]) -> Vec<Rect> {
    let with = TextStyle::new(size::TEXT, GREY).align(Align::Middle);
    let lines = wrap(message, size::TEXT, Weight::Regular, area.width() - 20.0);
    let position = |height: f64, index: usize| {
        let middle = area.top + height * area.height() + LEADING * (index as f64 - 0.5 * (lines.len() as f64 - 1.0));
        ((area.left + area.right) / 2.0, middle)
    };
    let boxes = |height: f64| -> Vec<Rect> {
        lines.iter().enumerate().map(|(index, line)| text_box(position(height, index), line, with)).collect()
    };
    let covered = |height: f64| {
        let boxes = boxes(height);
        discs.iter().filter(|(centre, radius)| boxes.iter().any(|rect| rect.meets_disc(*centre, *radius))).count()
    };
    let height = HEIGHTS.into_iter().min_by_key(|height| covered(*height)).unwrap_or(0.5);
    for (index, (line, rect)) in lines.iter().zip(boxes(height)).enumerate() {
        // Lines behind the text are faded.
        let rect = rect.grown(2.0);
        canvas.rectangle((rect.left, rect.top), (rect.right, rect.bottom), WHITE.at(0.8));
        canvas.text(position(height, index), line, with);
    }
    boxes(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_avoids_the_discs() {
        let area = Rect { left: 0.0, top: 0.0, right: 200.0, bottom: 100.0 };
        let mut canvas = Canvas::new(200.0, 100.0);
        let discs = [((100.0, 50.0), 5.0)];
        let boxes = draw(&mut canvas, area, "no power sensor on this machine", &discs);
        assert!(boxes.iter().all(|rect| area.covers(rect) && !rect.meets_disc(discs[0].0, discs[0].1)));
    }
}
