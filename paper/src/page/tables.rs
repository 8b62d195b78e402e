//! Networks and points as tables of the page, from the tables of the publication: the columns a reader looks for, with the value
//! as printed and as sorted by. Knows no claim and no figure.

use std::collections::BTreeMap;

use super::csv::{Csv, Row};
use super::markup::{escaped, link};
use crate::number::{fixed, three};

/// Where no value is.
const NOTHING: &str = "\u{2013}";

/// A cell.
enum Cell {
    /// What the row is of.
    Name(String),
    /// Text, by which it is sorted.
    Text(String),
    /// A number with its text.
    Number(f64, String),
    /// Finished HTML that says nothing to sort by.
    Html(String),
    /// Nothing, and why.
    Nothing(String),
}

/// A table of the page: its columns, those of numbers marked, and its rows with their networks.
struct Table {
    columns: Vec<(&'static str, bool)>,
    rows: Vec<(String, Vec<Cell>)>,
}

/// A row a network.
pub fn networks(networks: &Csv) -> Result<String, String> {
    let columns = vec![
        ("Network", false),
        ("Top\u{2011}1 [%]", true),
        ("Parameters [10\u{2076}]", true),
        ("Parameters in 2016 [10\u{2076}]", true),
        ("Operations [G-Ops]", true),
        ("Operations in 2016 [G-Ops]", true),
        ("Multiply-accumulates [10\u{2079}]", true),
    ];
    let row = |row: Row<'_>| {
        let number = |column: &str, unit: f64| {
            let value = row.number(column)?.map(|value| value / unit);
            Ok::<_, String>(value.map_or_else(nothing, |value| Cell::Number(value, fixed(value, 2))))
        };
        let cells = vec![
            Cell::Name(row.text("title")?.to_owned()),
            number("top1_percent", 1.0)?,
            number("parameters", 1e6)?,
            number("parameters_2016_millions", 1.0)?,
            number("operations_per_image", 1e9)?,
            number("operations_2016_per_image_billions", 1.0)?,
            number("multiply_accumulates_per_image", 1e9)?,
        ];
        Ok((row.text("network")?.to_owned(), cells))
    };
    let rows = networks.rows().map(row).collect::<Result<Vec<_>, String>>()?;
    Ok(html(&Table { columns, rows }))
}

/// A row a point; columns that no point has a number in are left out.
pub fn points(points: &Csv, networks: &Csv) -> Result<String, String> {
    let titles = titles(networks)?;
    let columns = vec![
        ("Network", false),
        ("Batch", true),
        ("Time per image [ms]", true),
        ("Low [ms]", true),
        ("High [ms]", true),
        ("Images/s", true),
        ("Net memory [MB]", true),
        ("Net power [W]", true),
        ("Energy per image [J]", true),
        ("Time in 2016 [ms]", true),
        ("Passes", true),
        ("Flags", false),
        ("Record", false),
    ];
    let rows = points.rows().map(|row| point(row, &titles)).collect::<Result<Vec<_>, String>>()?;
    Ok(html(&Table { columns, rows }.without_empty_columns()))
}

/// The networks that have points, as options of the filter.
pub fn options(points: &Csv, networks: &Csv) -> Result<String, String> {
    let titles = titles(networks)?;
    let mut names: Vec<&str> = Vec::new();
    for row in points.rows() {
        let name = row.text("network")?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let option = |name: &&str| {
        format!("<option value=\"{}\">{}</option>\n", escaped(name), escaped(titles.get(*name).unwrap_or(name)))
    };
    Ok(names.iter().map(option).collect())
}

fn titles(networks: &Csv) -> Result<BTreeMap<&str, &str>, String> {
    networks.rows().map(|row| Ok((row.text("network")?, row.text("title")?))).collect()
}

fn point(row: Row<'_>, titles: &BTreeMap<&str, &str>) -> Result<(String, Vec<Cell>), String> {
    let (network, batch) = (row.text("network")?, row.text("batch")?);
    let outcome = row.text("outcome")?;
    let scaled = |column: &str, unit: f64| {
        let value = row.number(column)?.map(|value| value / unit);
        Ok::<_, String>(value.map_or_else(nothing, |value| Cell::Number(value, three(value))))
    };
    let time = row.number("time_per_image_s")?;
    let first = match time {
        Some(_) => scaled("time_per_image_s", 1e-3)?,
        // Why there is no number stands where one would look for it.
        None => Cell::Nothing(outcome.replace('-', " ")),
    };
    let images = time.filter(|time| *time > 0.0).map(|time| 1.0 / time);
    let flags: Vec<&str> = row.text("flags")?.split("; ").filter_map(|flag| flag.split(": ").next()).collect();
    let outdated = (row.text("outdated")? == "true").then_some("outdated");
    let flags: Vec<&str> = outdated.into_iter().chain(flags).filter(|flag| !flag.is_empty()).collect();
    let record = format!("records/{network}-b{batch}.json");
    let cells = vec![
        Cell::Name(titles.get(network).copied().unwrap_or(network).to_owned()),
        row.number("batch")?.map_or_else(nothing, |value| Cell::Number(value, fixed(value, 0))),
        first,
        scaled("time_per_image_low_s", 1e-3)?,
        scaled("time_per_image_high_s", 1e-3)?,
        images.map_or_else(nothing, |value| Cell::Number(value, three(value))),
        scaled("net_memory_bytes", 1e6)?,
        scaled("net_power_w", 1.0)?,
        scaled("net_energy_per_image_j", 1.0)?,
        scaled("time_per_image_2016_s", 1e-3)?,
        row.number("samples")?.map_or_else(nothing, |value| Cell::Number(value, fixed(value, 0))),
        if flags.is_empty() { nothing() } else { Cell::Text(flags.join(", ")) },
        // What was left out for want of time has none.
        if outcome == "left-out" { nothing() } else { Cell::Html(link(&record, "JSON")) },
    ];
    Ok((network.to_owned(), cells))
}

fn nothing() -> Cell {
    Cell::Nothing(NOTHING.to_owned())
}

impl Table {
    fn without_empty_columns(mut self) -> Self {
        let has = |place: usize| {
            self.rows.iter().any(|(_, cells)| !matches!(cells.get(place), None | Some(Cell::Nothing(_))))
        };
        let kept: Vec<bool> = (0..self.columns.len()).map(|place| place < 3 || has(place)).collect();
        let keep = |place: usize| kept.get(place).copied().unwrap_or(false);
        self.columns = self.columns.into_iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, of)| of).collect();
        for (_, cells) in &mut self.rows {
            let all = std::mem::take(cells).into_iter().enumerate();
            *cells = all.filter(|(at, _)| keep(*at)).map(|(_, cell)| cell).collect();
        }
        self
    }
}

/// Head and body of a table. A cell says by `data-value` what number it is sorted by; one without comes last.
fn html(table: &Table) -> String {
    let mut out = String::from("<thead>\n<tr>");
    for (name, number) in &table.columns {
        let class = if *number { " class=\"number\"" } else { "" };
        out += &format!("<th scope=\"col\"{class}>{}</th>", escaped(name));
    }
    out += "</tr>\n</thead>\n<tbody>\n";
    for (network, cells) in &table.rows {
        out += &format!("<tr data-network=\"{}\">", escaped(network));
        for (cell, (_, number)) in cells.iter().zip(&table.columns) {
            let class = if *number { "number" } else { "words" };
            out += &match cell {
                Cell::Name(text) => format!("<th scope=\"row\">{}</th>", escaped(text)),
                Cell::Text(text) => format!("<td class=\"{class}\">{}</td>", escaped(text)),
                Cell::Number(value, text) => {
                    format!("<td class=\"{class}\" data-value=\"{value}\">{}</td>", escaped(text))
                }
                Cell::Html(html) => format!("<td data-value=\"\">{html}</td>"),
                Cell::Nothing(why) => format!("<td class=\"{class}\" data-value=\"\">{}</td>", escaped(why)),
            };
        }
        out += "</tr>\n";
    }
    out + "</tbody>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> Csv {
        Csv::parse(text).expect("a table")
    }

    const POINTS: &str = "network,batch,outcome,flags,samples,time_per_image_s,time_per_image_low_s,time_per_image_high_s,\
                          net_memory_bytes,net_power_w,net_energy_per_image_j,time_per_image_2016_s,outdated\n";

    fn titled() -> Csv {
        csv("network,title\nenet,E<Net>\nvgg-16,VGG-16\n")
    }

    #[test]
    fn a_point_has_its_values_as_printed_and_as_sorted_by() {
        let of = format!(
            "{POINTS}enet,4,measured,contended: 12 %; drifting: 6 %,10,0.3032,0.297,0.3114,123456789,,,0.05,true\n\
             vgg-16,64,out-of-memory,,0,,,,,,,,false\nvgg-16,65,left-out,,0,,,,,,,,false\n"
        );
        let html = points(&csv(&of), &titled()).expect("a table");
        for part in [
            "<tr data-network=\"enet\"><th scope=\"row\">E&lt;Net&gt;</th><td class=\"number\" data-value=\"4\">4</td>",
            ">303</td>",
            ">297</td>",
            ">123</td>",
            "<td class=\"words\">outdated, contended, drifting</td>",
            "<a href=\"records/enet-b4.json\">JSON</a>",
            "<td class=\"number\" data-value=\"\">out of memory</td>",
            "<a href=\"records/vgg-16-b64.json\">",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("vgg-16-b65"), "what was left out has no record: {html}");
        assert!(!html.contains("power") && !html.contains("Energy"), "columns without numbers are left out: {html}");
        let rows = html.lines().filter(|line| line.starts_with("<tr data-network"));
        let counts: Vec<usize> =
            rows.map(|line| line.matches("</td>").count() + line.matches("</th>").count()).collect();
        assert_eq!(counts, [html.matches("scope=\"col\"").count(); 3]);
    }

    #[test]
    fn the_filter_names_each_network_once() {
        let of = format!("{POINTS}enet,1,measured,,1,1,1,1,1,,,,false\nenet,2,measured,,1,1,1,1,1,,,,false\n");
        let html = options(&csv(&of), &titled()).expect("options");
        assert_eq!(html, "<option value=\"enet\">E&lt;Net&gt;</option>\n");
    }

    #[test]
    fn a_table_without_a_column_that_is_shown_is_refused() {
        let error = points(&csv("network,batch\nenet,1\n"), &titled()).expect_err("it lacks most");
        assert!(error.contains("column `outcome`"), "{error}");
    }
}
