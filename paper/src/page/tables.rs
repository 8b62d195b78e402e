//! Networks and points as tables of the page, each value with its text and its sort key. Independent of claims and figures.

use std::collections::BTreeSet;

use offprint_typeset::page::markup::{escaped, link};
use results::{Counts, Inputs, Outcome, Point, PowerEstimate};

use super::machines::Machine;
use super::titles::Titles;
use crate::number::{fixed, three};

/// The text of an empty cell.
const NOTHING: &str = "\u{2013}";

/// A cell.
enum Cell {
    /// The network of the row.
    Name(String),
    /// Text, which is also the sort key.
    Text(String),
    /// A number with its text.
    Number(f64, String),
    /// HTML without a sort key.
    Html(String),
    /// No value, with the reason.
    Nothing(String),
}

/// A column: its name, and whether it contains numbers.
type Column = (&'static str, bool);

/// A row: its attributes for the page's script, and its cells.
type Row = (String, Vec<Cell>);

/// The rows of one machine under its name; without a name, rows of no machine.
struct Body {
    key: String,
    title: String,
    rows: Vec<Row>,
}

/// One row for each network.
pub fn networks(inputs: &Inputs) -> String {
    let columns = [
        ("Network", false),
        ("Top\u{2011}1 [%]", true),
        ("Parameters [10\u{2076}]", true),
        ("Parameters in 2016 [10\u{2076}]", true),
        ("Operations [G-Op]", true),
        ("Operations in 2016 [G-Op]", true),
        ("Multiply-accumulates [10\u{2079}]", true),
    ];
    let rows = inputs.counts.networks.iter().map(|network| {
        let published = inputs.published.networks.get(&network.name);
        let known = |value: Option<f64>| value.map_or_else(nothing, |value| Cell::Number(value, fixed(value, 2)));
        let cells = vec![
            Cell::Name(network.title.clone()),
            known(published.map(|known| known.top1)),
            known(Some(network.parameters as f64 / 1e6)),
            known(published.map(|known| known.parameters_m)),
            known(Some(network.operations_2016 as f64 / 1e9)),
            known(published.map(|known| known.g_ops)),
            known(Some(network.macs as f64 / 1e9)),
        ];
        (attribute("network", &network.name), cells)
    });
    let body = Body { key: String::new(), title: String::new(), rows: rows.collect() };
    html(&columns, &[body])
}

/// One row for each point, by machine, without the columns in which no point has a value.
pub fn points(machines: &[Machine<'_>], titles: &Titles<'_>) -> String {
    let columns = [
        ("Network", false),
        ("Batch", true),
        ("Time per image [ms]", true),
        ("Low [ms]", true),
        ("High [ms]", true),
        ("Images/s", true),
        ("Net memory [MB]", true),
        ("Net power [W]", true),
        ("Energy per image [J]", true),
        ("Passes", true),
        ("Flags", false),
        ("Records", false),
    ];
    let body = |machine: &Machine<'_>| Body {
        key: machine.key.clone(),
        title: machine.title.clone(),
        rows: machine.estimates.points.iter().map(|of| point(of, titles, machine.has_records())).collect(),
    };
    let mut bodies: Vec<Body> = machines.iter().map(body).collect();
    let columns = without_empty_columns(&columns, &mut bodies);
    html(&columns, &bodies)
}

/// The networks that have points, as options of a filter.
pub fn network_options(machines: &[Machine<'_>], titles: &Titles<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in machines.iter().flat_map(|machine| machine.estimates.networks()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| option(name, titles.of(name))).collect()
}

/// The batches of any machine, as options.
pub fn batch_options(machines: &[Machine<'_>]) -> String {
    let batches: BTreeSet<u32> = machines.iter().flat_map(|machine| machine.estimates.batches()).collect();
    batches.into_iter().map(|batch| option(&batch.to_string(), &batch.to_string())).collect()
}

/// The machines, as options.
pub fn machine_options(machines: &[Machine<'_>]) -> String {
    machines.iter().map(|machine| option(&machine.key, &machine.title)).collect()
}

/// The networks as buttons that highlight them.
pub fn buttons(counts: &Counts) -> String {
    let button = |name: &str, title: &str| {
        format!(
            "<button type=\"button\"{} aria-pressed=\"false\">{}</button>\n",
            attribute("network", name),
            escaped(title)
        )
    };
    counts.networks.iter().map(|network| button(&network.name, &network.title)).collect()
}

fn option(value: &str, label: &str) -> String {
    format!("<option value=\"{}\">{}</option>\n", escaped(value), escaped(label))
}

fn attribute(name: &str, value: &str) -> String {
    format!(" data-{name}=\"{}\"", escaped(value))
}

fn point(of: &Point, titles: &Titles<'_>, has_record: bool) -> Row {
    let scaled = |value: Option<f64>, unit: f64| {
        value.map(|value| value / unit).map_or_else(nothing, |value| Cell::Number(value, three(value)))
    };
    let time = of.time;
    let range = time.filter(|time| time.low < time.high);
    let first = match (time, ended(&of.outcome)) {
        (None, Some(why)) => Cell::Nothing(why.to_owned()),
        _ => scaled(time.map(|time| time.value), 1e-3),
    };
    let power = match &of.power {
        PowerEstimate::Measured { net, energy_per_image, .. } => Some((net.value, energy_per_image.value)),
        _ => None,
    };
    let outdated = of.outdated.then_some("outdated");
    let flags: Vec<&str> = outdated.into_iter().chain(of.flags.iter().map(|flag| flag.kind.words())).collect();
    let records = if has_record { records(of) } else { String::new() };
    let cells = vec![
        Cell::Name(titles.of(&of.network).to_owned()),
        Cell::Number(f64::from(of.batch), of.batch.to_string()),
        first,
        scaled(range.map(|time| time.low), 1e-3),
        scaled(range.map(|time| time.high), 1e-3),
        scaled(time.filter(|time| time.value > 0.0).map(|time| 1.0 / time.value), 1.0),
        scaled(of.memory.map(|memory| memory.net.0 as f64), 1e6),
        scaled(power.map(|(net, _)| net), 1.0),
        scaled(power.map(|(_, energy)| energy), 1.0),
        if of.samples == 0 { nothing() } else { Cell::Number(of.samples as f64, of.samples.to_string()) },
        if flags.is_empty() { nothing() } else { Cell::Text(flags.join(", ")) },
        if records.is_empty() { nothing() } else { Cell::Html(records) },
    ];
    (attribute("network", &of.network) + &attribute("batch", &of.batch.to_string()), cells)
}

/// Links to the record of each session; a skipped point has none.
fn records(of: &Point) -> String {
    let link = |session: u32| {
        let end = if session == 1 { String::new() } else { format!("-s{session}") };
        link(&format!("records/{}-b{}{end}.json", of.network, of.batch), &session.to_string())
    };
    of.sources.iter().map(|source| link(source.session)).collect::<Vec<_>>().join(", ")
}

/// Why there is no number, as the text of the cell.
fn ended(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Measured => None,
        Outcome::OutOfMemory { .. } => Some("out of memory"),
        Outcome::OutOfTime { .. } => Some("out of time"),
        Outcome::Refused { .. } => Some("refused"),
        Outcome::Implied { .. } => Some("implied"),
        Outcome::Skipped { .. } => Some("skipped"),
    }
}

fn nothing() -> Cell {
    Cell::Nothing(NOTHING.to_owned())
}

fn without_empty_columns(columns: &[Column], bodies: &mut [Body]) -> Vec<Column> {
    let has = |index: usize| {
        let mut rows = bodies.iter().flat_map(|body| &body.rows);
        rows.any(|(_, cells)| !matches!(cells.get(index), None | Some(Cell::Nothing(_))))
    };
    let kept: Vec<bool> = (0..columns.len()).map(|index| index < 3 || has(index)).collect();
    for (_, cells) in bodies.iter_mut().flat_map(|body| &mut body.rows) {
        let mut keep = kept.iter();
        cells.retain(|_| keep.next().copied().unwrap_or(false));
    }
    columns.iter().zip(kept).filter(|(_, kept)| *kept).map(|(column, _)| *column).collect()
}

/// Head and bodies of a table. The attribute `data-value` of a cell is its sort key; cells with an empty one come last.
fn html(columns: &[Column], bodies: &[Body]) -> String {
    let mut out = String::from("<thead>\n<tr>");
    for (name, number) in columns {
        let class = if *number { " class=\"number\"" } else { "" };
        out += &format!("<th scope=\"col\"{class}>{}</th>", escaped(name));
    }
    out += "</tr>\n</thead>\n";
    for body in bodies {
        if body.key.is_empty() {
            out += "<tbody>\n";
        } else {
            let (key, title) = (attribute("machine", &body.key), escaped(&body.title));
            let head =
                format!("<tr class=\"machine\"><th colspan=\"{}\" scope=\"rowgroup\">{title}</th></tr>", columns.len());
            out += &format!("<tbody{key}>\n{head}\n");
        }
        for row in &body.rows {
            out += &line(row, columns);
        }
        out += "</tbody>\n";
    }
    out
}

fn line((attributes, cells): &Row, columns: &[Column]) -> String {
    let mut out = format!("<tr{attributes}>");
    for (cell, (_, number)) in cells.iter().zip(columns) {
        let class = if *number { "number" } else { "text" };
        out += &match cell {
            Cell::Name(text) => format!("<th scope=\"row\">{}</th>", escaped(text)),
            Cell::Text(text) => format!("<td class=\"{class}\">{}</td>", escaped(text)),
            Cell::Number(value, text) => format!("<td class=\"{class}\" data-value=\"{value}\">{}</td>", escaped(text)),
            Cell::Html(html) => format!("<td data-value=\"\">{html}</td>"),
            Cell::Nothing(why) => format!("<td class=\"{class}\" data-value=\"\">{}</td>", escaped(why)),
        };
    }
    out + "</tr>\n"
}
