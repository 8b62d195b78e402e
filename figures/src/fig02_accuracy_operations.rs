//! Figure 2: top-1 accuracy over operations; the area is the number of parameters. Counted and cited, not measured.

use crate::bubbles::{self, Bubbles};
use crate::canvas::Canvas;
use crate::key::Key;
use crate::outdated;
use crate::panel::{Panel, axis_of_accuracy, axis_of_counts, spots};
use crate::study::{Network, Study, exactly};
use crate::wording;

/// Radius of 155 million parameters [pt].
const LARGEST: f64 = 18.0;

/// Discs in one panel.
pub fn draw(study: &Study) -> Canvas {
    let at = |networks| spots(networks, |network| Some(exactly(network.g_ops)), Network::accuracy);
    let panels = vec![Panel { ours: at(&study.networks), theirs: at(&study.published), ..Panel::default() }];
    let bubbles = Bubbles {
        x: axis_of_counts("Operations for one image [G-Ops]", &panels, |spot| spot.x),
        y: axis_of_accuracy(&panels),
        height: bubbles::ALONE,
        key: Some(Key::parameters(study, LARGEST)),
        theirs: "Faint: operations and parameters as published in 2016.",
        panels,
        shows: outdated::nothing,
        tells: |network, _| {
            let (operations, parameters) = (wording::operations(network), wording::parameters(network));
            wording::list([Some(operations), wording::accuracy(network), Some(parameters)])
        },
        notes: study.without_accuracy().into_iter().collect(),
    };
    bubbles::draw(study, bubbles)
}
