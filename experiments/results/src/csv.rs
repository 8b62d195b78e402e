//! Tables as text: cells separated by commas and quoted as in RFC 4180, but lines end with a single line feed. Independent of columns.

use std::fmt::Write;

/// Decimals of a time [s]: records have nanoseconds.
pub(crate) const NANOSECONDS: usize = 9;

/// A table under construction, its header first.
#[derive(Clone, Debug)]
pub(crate) struct Csv(String);

impl Csv {
    /// A table with these columns and no rows.
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(header);
        table
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell.as_ref())).collect();
        self.0 += &cells.join(",");
        self.0.push('\n');
    }

    /// The complete table.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// A number with this many decimals; an empty cell for none, and for NaN and infinity.
pub(crate) fn fixed(value: Option<f64>, decimals: usize) -> String {
    let mut cell = String::new();
    if let Some(value) = value.filter(|value| value.is_finite()) {
        // Writing to a string cannot fail.
        write!(cell, "{value:.decimals$}").ok();
    }
    cell
}

/// Quotes a cell if it contains a delimiter, or if a spreadsheet might interpret a text as a formula. Such a text is
/// also prefixed with ', which marks a text in spreadsheets, since some look for formulas inside quotes too.
fn quoted(cell: &str) -> String {
    let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    let is_formula = !is_number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_broken = cell.contains([',', '"', '\n', '\r']);
    let mark = if is_formula { "'" } else { "" };
    if is_formula || is_broken { format!("\"{mark}{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_would_break_a_row_are_quoted() {
        let mut table = Csv::new(&["name", "value_s"]);
        table.row(&["a, \"b\"\nc", "1.5"]);
        assert_eq!(table.into_text(), "name,value_s\n\"a, \"\"b\"\"\nc\",1.5\n");
    }

    #[test]
    fn texts_that_look_like_formulas_are_marked_as_texts_and_numbers_are_not() {
        let cells = ["=1+1", "@SUM(A1)", "+x", "-x", "-1.5", "+2"].map(quoted);
        assert_eq!(cells, ["\"'=1+1\"", "\"'@SUM(A1)\"", "\"'+x\"", "\"'-x\"", "-1.5", "+2"]);
    }

    #[test]
    fn numbers_have_fixed_decimals_and_other_cells_are_empty() {
        assert_eq!(
            [Some(0.05), Some(-2.0), Some(1e9)].map(|value| fixed(value, 3)),
            ["0.050", "-2.000", "1000000000.000"]
        );
        assert_eq!([None, Some(f64::NAN), Some(f64::INFINITY)].map(|value| fixed(value, 3)), ["", "", ""]);
    }
}
