//! Figure 6: maximum net memory at batch 1 over the size of the parameters.

use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::line::{Kind, Line, fit, words};
use crate::missing;
use crate::number::three;
use crate::panel::{Panel, axis_of_counts, axis_of_measurements, spots};
use crate::study::{Network, Study, exactly};
use crate::wording;

/// Marks in one panel, with the line through ours and that through those of 2016.
pub fn draw(study: &Study) -> Canvas {
    let parameters = |network: &Network| Some(exactly(network.parameters_mb()));
    let memory = |network: &Network| network.memory.get(&1).copied();
    let at = |networks| spots(networks, parameters, memory);
    let mut panel =
        Panel { ours: at(&study.networks), theirs: at(&study.published), batch: Some(1), ..Panel::default() };
    if panel.ours.is_empty() {
        panel.message = Some("no memory measured at batch 1".to_owned());
    }
    let mut notes = Vec::new();
    if let Some(fit) = fit(&panel.theirs) {
        panel.lines.push(Line::of(Kind::FaintFit, fit));
        notes.push(format!("Broken line: {}, through the values of 2016.", words(fit, "MB", "MB")));
    }
    if let Some(fit) = fit(&panel.ours) {
        panel.lines.push(Line::of(Kind::Fit, fit));
        notes.push(format!("Line: {}, through ours by least squares.", words(fit, "MB", "MB")));
    }
    notes.extend(missing::sentences(study, |batch| batch == 1));
    notes.extend(missing::without_memory(study, |batch| batch == 1));
    let panels = vec![panel];
    let bubbles = Bubbles {
        x: axis_of_counts("Size of the parameters [MB]", &panels, |spot| spot.x),
        y: axis_of_measurements("Maximum net memory [MB]", &panels, |spot| spot.y),
        height: bubbles::ALONE,
        key: None,
        theirs: "Faint: 2016, Jetson TX1.",
        panels,
        shows: |point| point.batch == 1 && (point.memory.is_some() || missing::is_said(point)),
        tells: |network, batch| {
            let parameters = format!("{} MB of parameters", three(network.parameters_mb()));
            wording::list([wording::at(&network.memory, batch, "MB net memory"), Some(parameters)])
        },
        notes,
    };
    bubbles::draw(study, bubbles)
}
