//! Charts, read from the SVG by an XML reader; positions are compared with the ticks of the axes.

use offprint_plot::axis::Tick;
use offprint_plot::tooltip::Region;
use offprint_plot::{Axis, Canvas, Chart, DotChart, Point, Scale, TEXT_WIDTH, Value};
use roxmltree::{Document, Node};

const TICK_COLOUR: &str = "#808080";

fn document(svg: &str) -> Document<'_> {
    Document::parse(svg).expect("well-formed XML")
}

/// The points of a polyline.
fn points_of(node: Node<'_, '_>) -> Vec<(f64, f64)> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',').expect("a pair");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    };
    node.attribute("points").unwrap_or_default().split_whitespace().map(pair).collect()
}

fn polylines<'a>(of: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    of.descendants().filter(|node| node.has_tag_name("polyline"))
}

/// The number in a label, such as `30 000` or `2.0·10⁵`.
fn value_of(label: &str) -> Option<f64> {
    let plain = label.replace(['\u{2009}', '\u{2212}'], "");
    let Some((mantissa, exponent)) = plain.split_once("10").filter(|(_, exponent)| !exponent.is_ascii()) else {
        return plain.parse().ok();
    };
    let digits = "\u{2070}\u{b9}\u{b2}\u{b3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}";
    let digit = |letter| digits.chars().position(|digit| digit == letter).map(|digit| digit.to_string());
    let exponent: String = exponent.chars().map(digit).collect::<Option<_>>()?;
    let mantissa = mantissa.trim_end_matches('\u{b7}');
    format!("{}e{exponent}", if mantissa.is_empty() { "1" } else { mantissa }).parse().ok()
}

/// The ticks below the frame (`vertical: false`) or left of it, as positions with the numbers of their labels.
fn ticks(document: &Document<'_>, vertical: bool) -> Vec<(f64, f64)> {
    let strokes =
        polylines(document.root()).filter(|line| line.attribute("stroke") == Some(TICK_COLOUR)).map(points_of);
    let mut at: Vec<f64> = strokes
        .filter(|line| line.len() == 2 && if vertical { line[0].1 == line[1].1 } else { line[0].0 == line[1].0 })
        .map(|line| if vertical { line[0].1 } else { line[0].0 })
        .collect();
    let anchor = if vertical { "end" } else { "middle" };
    let number = |node: Node<'_, '_>| {
        let number = value_of(node.text()?.trim())?;
        let along = node.attribute(if vertical { "y" } else { "x" })?.parse::<f64>().ok()?;
        Some((along, number))
    };
    let labels = document.descendants().filter(|node| {
        node.has_tag_name("text")
            && node.attribute("text-anchor") == Some(anchor)
            && node.attribute("transform").is_none()
    });
    let mut numbers: Vec<(f64, f64)> = labels.filter_map(number).collect();
    at.sort_by(f64::total_cmp);
    numbers.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert_eq!(at.len(), numbers.len(), "{at:?} {numbers:?}");
    at.into_iter().zip(numbers).map(|(at, (_, number))| (at, number)).collect()
}

/// The position of a value according to the ticks: between its two neighbours, or beyond the last ones.
fn expected(ticks: &[(f64, f64)], value: f64, scale: fn(f64) -> f64) -> f64 {
    let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
    first.0 + (last.0 - first.0) * (scale(value) - scale(first.1)) / (scale(last.1) - scale(first.1))
}

/// The centres of the discs of a series.
fn discs(document: &Document<'_>, series: &str) -> Vec<(f64, f64)> {
    let group = |node: &Node<'_, '_>| node.has_tag_name("g") && node.attribute("data-series") == Some(series);
    let circles = document.descendants().filter(group).flat_map(|group| group.children());
    let circles = circles.filter(|node| node.has_tag_name("circle") && node.attribute("stroke") == Some("none"));
    let number =
        |node: &Node<'_, '_>, name| node.attribute(name).expect("an attribute").parse::<f64>().expect("a number");
    circles.map(|node| (number(&node, "cx"), number(&node, "cy"))).collect()
}

const TIMES: [(f64, f64); 4] = [(1e3, 0.041), (3e4, 1.61), (2e5, 9.0), (1e6, 71.2)];

fn times() -> Chart {
    times_of(TEXT_WIDTH, 220.0)
}

fn times_of(width: f64, height: f64) -> Chart {
    Chart::new("Time to sort", width, height).x("Numbers", Scale::Logarithmic).y("Time [ms]", Scale::Logarithmic)
}

#[test]
fn positions_of_points_agree_with_the_ticks_on_logarithmic_and_linear_scales() {
    let log: fn(f64) -> f64 = f64::log10;
    let same: fn(f64) -> f64 = |value| value;
    for (x, y, of_x, of_y) in [
        (Scale::Logarithmic, Scale::Logarithmic, log, log),
        (Scale::Linear, Scale::Logarithmic, same, log),
        (Scale::Logarithmic, Scale::Linear, log, same),
    ] {
        let chart = Chart::new("t", TEXT_WIDTH, 220.0).x("Numbers", x).y("Time [ms]", y);
        let svg = chart.series("merge", TIMES.map(|(n, time)| Point::new(n, time))).to_svg().expect("an SVG");
        let document = document(&svg);
        let (across, up) = (ticks(&document, false), ticks(&document, true));
        assert!(across.len() > 2 && up.len() > 2);
        let drawn = discs(&document, "merge");
        assert_eq!(drawn.len(), TIMES.len());
        for ((n, time), (left, top)) in TIMES.into_iter().zip(drawn) {
            // Positions are tenths of a point, rounded.
            assert!((left - expected(&across, n, of_x)).abs() < 2.5, "{n}: {left} in {across:?}");
            assert!((top - expected(&up, time, of_y)).abs() < 2.5, "{time}: {top} in {up:?}");
        }
    }
}

#[test]
fn ends_of_error_bars_agree_with_the_ticks() {
    let point = Point::new(1e4, 10.0).interval(2.0, 50.0);
    let svg = times().series("merge", [Point::new(1e3, 1.0), point, Point::new(1e5, 100.0)]).to_svg().expect("an SVG");
    let document = document(&svg);
    let up = ticks(&document, true);
    let left = expected(&ticks(&document, false), 1e4, f64::log10);
    let vertical = |line: &Vec<(f64, f64)>| line.len() == 2 && line.iter().all(|(x, _)| (x - left).abs() < 2.5);
    let bars: Vec<Vec<(f64, f64)>> = document
        .descendants()
        .filter(|node| node.attribute("data-series") == Some("merge"))
        .flat_map(polylines)
        .map(points_of)
        .filter(vertical)
        .collect();
    assert_eq!(bars.len(), 2, "from the value down and up: {bars:?}");
    for end in [2.0, 50.0] {
        let at = expected(&up, end, f64::log10);
        assert!(bars.iter().any(|bar| (bar[1].1 - at).abs() < 2.5), "{end}: {at} in {bars:?}");
    }
}

#[test]
fn an_interval_that_reaches_zero_ends_at_the_frame_of_a_logarithmic_axis() {
    let points = [Point::new(1e3, 1.0).interval(0.0, 2.0), Point::new(1e5, 100.0)];
    let svg = times().series("merge", points).to_svg().expect("an SVG");
    let document = document(&svg);
    let strokes: Vec<_> = polylines(document.root())
        .filter(|line| line.attribute("stroke") == Some(TICK_COLOUR))
        .map(points_of)
        .collect();
    let frame = strokes.iter().find(|line| line.len() == 5).expect("the edges of the frame");
    let bottom = frame.iter().map(|(_, y)| *y).fold(0.0, f64::max);
    let group = document.descendants().filter(|node| node.attribute("data-series") == Some("merge"));
    let ends: Vec<f64> = group.flat_map(polylines).flat_map(points_of).map(|(_, y)| y).collect();
    assert_eq!(ends.iter().copied().fold(0.0, f64::max), bottom);
}

#[test]
fn a_chart_of_the_size_suggested_by_its_error_is_drawn() {
    let chart = |width, height| times_of(width, height).series("merge", TIMES.map(|(n, time)| Point::new(n, time)));
    let error = chart(10.0, 10.0).to_svg().expect_err("no room").to_string();
    let numbers: Vec<f64> =
        error.rsplit("at least").next().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
    let [width, height] = numbers[..] else { panic!("{error}") };
    assert_readable(&chart(width, height).to_canvas().expect("enough room"), &error);
}

#[test]
fn a_point_without_a_value_leaves_a_gap_and_a_note() {
    let points =
        [Point::new(1.0, 1.0), Point::new(2.0, 2.0), Point::missing(3.0, "out of memory"), Point::new(4.0, 4.0)];
    let chart = Chart::new("t", 300.0, 150.0).series("heap", points.into_iter().chain([Point::new(5.0, None)]));
    let svg = chart.to_svg().expect("an SVG");
    let document = document(&svg);
    let lines: Vec<_> = document
        .descendants()
        .filter(|node| node.attribute("data-series") == Some("heap"))
        .flat_map(polylines)
        .collect();
    assert_eq!((lines.len(), discs(&document, "heap").len()), (1, 3), "1 and 2 are connected, 4 is separate");
    assert!(svg.contains("No value: heap at 3 (out of memory); heap at 5 (not measured)."), "{svg}");
}

#[test]
fn an_invalid_number_is_an_error_with_series_point_and_remedy() {
    let error = |chart: Chart| chart.to_svg().expect_err("an error").to_string();
    let linear = |point: Point| error(Chart::new("t", 300.0, 150.0).series("heap", [Point::new(1.0, 1.0), point]));
    let logarithmic = |point: Point| error(times().series("heap", [Point::new(1.0, 1.0), point]));
    for (error, wanted) in [
        (linear(Point::new(2.0, f64::NAN)), "series `heap`, point 1: the value is NaN"),
        (linear(Point::new(2.0, f64::INFINITY)), "the value is inf"),
        (linear(Point::new(f64::NEG_INFINITY, 1.0)), "the horizontal value is -inf"),
        (linear(Point::new(2.0, 1.0).interval(0.5, f64::NAN)), "the high end of the interval is NaN"),
        (linear(Point::new(2.0, 1.0).interval(0.1, 0.2)), "the interval from 0.1 to 0.2 does not contain the value 1"),
        (logarithmic(Point::new(2.0, 0.0)), "the value is 0, which a logarithmic axis cannot show"),
        (logarithmic(Point::new(-2.0, 1.0)), "the horizontal value is -2, which"),
        (
            error(times().x_axis(Axis::between(0.0, 1.0)).series("heap", [Point::new(2.0, 1.0)])),
            "series `heap`, point 0: the horizontal value 2 lies outside the axis from 0 to 1",
        ),
        (
            error(Chart::new("t", 60.0, 150.0).series("heap", [Point::new(2.0, 1.0)])),
            "the chart of 60 by 150 pt has no room for its frame\nhint: make it at least ",
        ),
        (
            error(Chart::new("t", f64::NAN, 150.0).series("heap", [Point::new(2.0, 1.0)])),
            "the width of the chart is NaN pt",
        ),
    ] {
        assert!(error.contains(wanted) && error.lines().any(|line| line.starts_with("hint: ")), "{wanted}: {error}");
    }
    let row = DotChart::new("t", 300.0).row("heap", f64::NAN).to_svg().expect_err("an error").to_string();
    assert!(row.starts_with("series `heap`, point 0: the value is NaN"), "{row}");
}

#[test]
fn without_values_a_sentence_replaces_the_frame() {
    let none = times().to_canvas().expect("a canvas");
    let missing = times().series("heap", [Point::missing(1e3, "stopped")]).to_canvas().expect("a canvas");
    let rows = DotChart::new("t", 300.0).row("heap", None).to_canvas().expect("a canvas");
    for (canvas, first) in [
        (none, "Nothing to draw: there are no points."),
        (missing, "Nothing to draw: no point has a value."),
        (rows, "Nothing to draw: no point has a value."),
    ] {
        assert!(!canvas.drawn && canvas.height < 40.0);
        assert_eq!(canvas.texts().next().map(|(text, _)| text), Some(first));
    }
}

/// Reproducible pseudo-random numbers from 0 to 1.
fn shares(seed: u32) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(seed), |last| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
        .map(|number| f64::from(number >> 8) / f64::from(1 << 24))
        .skip(1)
}

fn assert_readable(canvas: &Canvas, of: &str) {
    let texts: Vec<_> = canvas.texts().collect();
    for (index, (text, rect)) in texts.iter().enumerate() {
        let inside = rect.left >= 0.0 && rect.top >= 0.0 && rect.right <= canvas.width && rect.bottom <= canvas.height;
        assert!(inside, "{of}: `{text}` leaves the figure: {rect:?}");
        for (other, covered) in &texts[index + 1..] {
            assert!(!rect.overlaps(covered), "{of}: `{text}` overlaps `{other}`");
        }
        for tooltip in canvas.tooltips() {
            let Region::Disc(centre, radius) = tooltip.region else { panic!("a disc") };
            assert!(!rect.meets_disc(centre, radius), "{of}: `{text}` covers {}", tooltip.text);
        }
    }
}

#[test]
fn no_text_overlaps_another_covers_a_point_or_leaves_the_figure_at_any_size_and_scale() {
    let mut inside = 0;
    for seed in 0..40 {
        let mut random = shares(seed);
        let mut next = move || random.next().expect("a number");
        let (width, height) = (140.0 + 320.0 * next(), 110.0 + 150.0 * next());
        let magnitude = 10f64.powf(8.0 * next() - 4.0);
        let [x, y] = [next(), next()].map(|share| if share < 0.5 { Scale::Linear } else { Scale::Logarithmic });
        let mut chart = Chart::new("t", width, height).x("Numbers", x).y("Time [ms]", y);
        let (series, count) = (1 + (5.0 * next()) as usize, 1 + (30.0 * next()) as usize);
        for name in
            ["merge sort", "quicksort", "heapsort", "radix sort", "sort with a rather long name"].iter().take(series)
        {
            // With or without lines and bars.
            let points = (0..count).flat_map(|_| {
                let value = magnitude * 1000f64.powf(next());
                let point = Point::new(magnitude * 100f64.powf(next()), value);
                if seed % 2 == 0 {
                    vec![point.interval(0.8 * value, 1.3 * value)]
                } else {
                    vec![point, Point::missing(magnitude, "stopped")]
                }
            });
            chart = chart.series(*name, points.collect::<Vec<_>>());
        }
        let canvas = chart.to_canvas().expect("a canvas");
        assert_readable(&canvas, &format!("seed {seed}"));
        assert_eq!(canvas.tooltips().len(), series * count);
        let legend = canvas.texts().find(|(text, _)| series > 1 && text.starts_with("merge")).map(|(_, rect)| rect);
        inside += usize::from(legend.is_some_and(|rect| rect.top > 20.0));
    }
    assert!(inside > 0, "some legends find room inside the frame");
}

#[test]
fn a_long_label_at_the_end_of_a_custom_axis_stays_in_the_figure() {
    let mut axis = Axis::between(0.0, 1.0);
    axis.ticks = vec![Tick { value: 1.0, label: "one, with a long name".to_owned() }];
    let canvas = times().x_axis(axis).series("a", [Point::new(0.5, 1.0)]).to_canvas().expect("a canvas");
    assert_readable(&canvas, "a long label");
}

#[test]
fn rows_stay_readable_with_any_names_and_values() {
    for width in [220.0, TEXT_WIDTH] {
        let chart = (0..30).fold(DotChart::new("t", width).x("Ratio", Scale::Logarithmic), |chart, row| {
            let value = 10f64.powi(row % 13 - 6);
            chart.row(
                format!("row {row} of a chart with long names"),
                Value::new(value).interval(0.5 * value, 2.0 * value),
            )
        });
        let canvas = chart.row("none", None).to_canvas().expect("a canvas");
        assert_readable(&canvas, &format!("{width} pt"));
    }
}

#[test]
fn positions_of_rows_agree_with_the_ticks() {
    let rows = [("a", 12.0), ("b", 57.0), ("c", 99.0)];
    let chart = rows
        .into_iter()
        .fold(DotChart::new("t", 400.0).x("Time [ms]", Scale::Linear), |chart, (name, value)| chart.row(name, value));
    let svg = chart.to_svg().expect("an SVG");
    let document = document(&svg);
    let across = ticks(&document, false);
    for (name, value) in rows {
        let [(left, _)] = discs(&document, name)[..] else { panic!("one disc") };
        assert!((left - expected(&across, value, |value| value)).abs() < 2.5, "{name}: {left} in {across:?}");
    }
}

#[test]
fn names_and_tooltips_stay_text_with_any_characters() {
    let hostile = "</text><script>alert(1)</script>&\"\u{0}";
    let points = || [Point::new(1.0, 1.0).tooltip(hostile), Point::new(2.0, 2.0)];
    let chart = Chart::new(hostile, 300.0, 150.0).x(hostile, Scale::Linear).y(hostile, Scale::Linear);
    let svg = chart.series(hostile, points()).series("b", points()).note(hostile).to_svg().expect("an SVG");
    let document = document(&svg);
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let title =
        root.children().find(Node::is_element).filter(|node| node.has_tag_name("title")).and_then(|node| node.text());
    assert!(title.is_some_and(|title| title.starts_with("</text><script>alert(1)")), "{title:?}");
}

#[test]
fn each_point_has_its_numbers_as_a_tooltip() {
    let point = Point::new(30_000.0, 1.61).interval(1.58, 1.7);
    let canvas =
        times().series("merge", [point, Point::new(1e6, 71.2).tooltip("its own")]).to_canvas().expect("a canvas");
    let texts: Vec<&str> = canvas.tooltips().iter().map(|tooltip| tooltip.text.as_str()).collect();
    assert_eq!(texts, ["merge: Numbers 30\u{2009}000, Time [ms] 1.61 [1.58, 1.70]", "its own"]);
}
