//! Figure 0: every test has its row, its number and its marks on the right side of the bound, for any claims, machines and names.

use figures::FigureData;
use offprint_plot::Canvas;
use offprint_plot::tooltip::Region;
use results::Machine;
use results::verdicts::{
    Basis, Elsewhere, Finding, Interval, IntervalKind, Judged, Limits, Margin, Number, Test, Verdict,
};

use crate::drawings::assert_readable;
use crate::fixture::{self, estimates};

fn number(value: f64, limits: Limits) -> Number {
    Number {
        quantity: "R²".to_owned(),
        value,
        unit: String::new(),
        decimals: 2,
        interval: Some(Interval { low: value - 0.1, high: value + 0.1, kind: IntervalKind::Influence }),
        limits: Some(limits),
        bound: Some("at least 0.80".to_owned()),
        text: format!("R² = {value:.2}"),
    }
}

fn decided(value: f64) -> Verdict {
    let limits = Limits::at_least(0.8);
    let finding = if limits.meets(value) { Finding::Holds } else { Finding::Fails };
    let number = number(value, limits);
    let margin = if (value - 0.8).abs() < 0.1 { Margin::Marginal } else { Margin::Clear };
    let (numbers, number) = (vec![number.clone()], Some(number));
    Verdict { finding, margin, number, numbers, bound: String::new(), words: String::new() }
}

fn open(reason: &str) -> Verdict {
    let finding = Finding::NotTested { reason: reason.to_owned() };
    let (bound, words) = (String::new(), String::new());
    Verdict { finding, margin: Margin::Open, number: None, numbers: Vec::new(), bound, words }
}

fn claim(id: &str, basis: Basis, tests: Vec<Test>) -> Judged {
    let text = |text: &str| text.to_owned();
    let title = text("Accuracy and time are hyperbolic");
    Judged { id: id.to_owned(), title, statement: text("s"), original: text("o"), basis, tests }
}

fn machines(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("cpu-{index:08x}")).collect()
}

/// A test with a verdict here, one of 2016, and one for each other machine.
fn test(batch: Option<u32>, here: Verdict, published: Verdict, elsewhere: &[String]) -> Test {
    let other = |(index, machine): (usize, &String)| Elsewhere {
        machine: machine.clone(),
        verdict: decided(0.5 + 0.01 * index as f64),
    };
    Test { batch, here, published, elsewhere: elsewhere.iter().enumerate().map(other).collect() }
}

/// A measured claim, one that could not be tested and a counted one, with one other machine.
pub fn few() -> Vec<Judged> {
    let names = machines(1);
    vec![
        claim(
            "C1",
            Basis::Measured,
            [(1, 0.73), (16, 0.92)].map(|(batch, here)| test(Some(batch), decided(here), decided(0.82), &names)).into(),
        ),
        claim("C3", Basis::Measured, vec![test(None, open("no power sensor on this machine"), decided(0.95), &names)]),
        claim("C8", Basis::Counted, vec![test(None, decided(1.6), decided(1.7), &names)]),
    ]
}

/// Seven measured claims and three others, with so many other machines.
fn figure_data(count: usize, here: impl Fn(usize) -> Verdict) -> FigureData {
    let names = machines(count);
    let measured = (1..=7).map(|index| {
        let tests = [1, 16, 64].map(|batch| test(Some(batch), here(index), decided(0.82), &names));
        claim(&format!("C{index}"), Basis::Measured, tests.into())
    });
    let counted = (8..=10)
        .map(|index| claim(&format!("C{index}"), Basis::Counted, vec![test(None, decided(0.9), decided(0.9), &names)]));
    let machines = names.iter().map(|name| Machine { name: name.clone(), estimates: estimates(&[1], 1.0) });
    FigureData {
        claims: measured.chain(counted).collect(),
        machines: machines.collect(),
        ..fixture::figure_data(estimates(&[1, 16], 1.0))
    }
}

fn draw(data: &FigureData) -> Canvas {
    (figures::find(0).expect("it is in the list").draw)(data)
}

fn words(data: &FigureData) -> String {
    draw(data).texts().map(|(text, _)| text).collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

#[test]
fn nothing_overlaps_from_no_machine_to_sixty_and_from_nothing_measured_to_everything() {
    let long = "no sensor of this board can be read by anybody who is not its owner, 联想 ".repeat(9);
    for (of, data) in [
        ("nothing measured", figure_data(0, |_| open("nothing was measured"))),
        ("one machine", figure_data(1, |index| decided(0.7 + 0.03 * index as f64))),
        ("sixty machines", figure_data(60, |_| decided(0.79))),
        ("long reasons", figure_data(3, |_| open(&long))),
        ("far apart", figure_data(2, |index| decided(if index % 2 == 0 { 1e300 } else { -1e300 }))),
        ("on the bound", figure_data(0, |_| decided(0.8))),
    ] {
        let canvas = draw(&data);
        assert_readable(figures::find(0).expect("it is there"), &canvas, of);
        assert!(canvas.drawn && canvas.height < 660.0, "{of}: {}", canvas.height);
        let svg = canvas.to_svg("t").expect("an SVG");
        assert!(!["NaN", "\"inf", ",inf", "inf,"].iter().any(|broken| svg.contains(broken)), "{of}");
    }
}

#[test]
fn a_mark_lies_right_of_the_bound_where_the_claim_holds_and_left_where_it_fails() {
    let canvas = draw(&figure_data(1, |index| decided(0.72 + 0.02 * index as f64)));
    let middle = |words: &str| {
        let tooltip = canvas.tooltips().iter().find(|tooltip| tooltip.text.starts_with(words));
        tooltip.map(|tooltip| tooltip.region.middle().0).unwrap_or_else(|| panic!("no mark {words}"))
    };
    let bound = f64::midpoint(125.0, 237.0);
    for index in 1..=7 {
        let (value, position) = (0.72 + 0.02 * f64::from(index), middle(&format!("C{index} at batch 1, here: ")));
        assert_eq!(position > bound, value > 0.8, "{value}: {position}");
        assert!(
            middle(&format!("C{index} at batch 1, 2016: holds marginally; R² = 0.82; bound: at least 0.80")) > bound
        );
        assert!(middle(&format!("C{index} at batch 1, cpu-00000000: fails")) < bound);
    }
    // Within a row, distances are in proportion: C1 lies 0.06 below the bound, 2016 lies 0.02 above it, the machine 0.3 below it.
    let off = |words: &str| middle(words) - bound;
    let ratio = off("C1 at batch 1, here") / off("C1 at batch 1, 2016");
    assert!((ratio + 3.0).abs() < 0.2, "{ratio}");
}

#[test]
fn every_row_has_verdict_number_range_and_bound_or_the_reason_why_there_is_none() {
    let text = words(&figure_data(0, |_| decided(0.73)));
    assert!(text.contains("fails marginally 0.73 [0.63, 0.83] R² \u{2265} 0.80 0.82 holds"), "{text}");
    assert_eq!((text.matches("Measured").count(), text.matches("Counts and accuracies").count()), (1, 1));
    let open = words(&figure_data(0, |_| open("batch 64 was not measured")));
    assert!(open.contains("not tested batch 64 was not measured"), "{open}");
}

#[test]
fn every_verdict_with_a_number_has_a_mark() {
    let data = figure_data(4, |index| if index == 3 { open("no power sensor") } else { decided(0.9) });
    let canvas = draw(&data);
    let marks = canvas.tooltips().iter().filter(|tooltip| matches!(tooltip.region, Region::Disc(..))).count();
    // Three of the 24 tests have no number here; four machines and 2016 have a number for each.
    assert_eq!(marks, 21 + 24 * 5);
}

#[test]
fn without_verdicts_a_sentence_states_it() {
    let canvas = draw(&fixture::figure_data(estimates(&[1], 1.0)));
    assert!(!canvas.drawn && canvas.texts().any(|(text, _)| text == "No claim was tested."));
}
