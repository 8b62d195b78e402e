//! Tables as text: cells apart by commas, quoted as in RFC 4180, each line ended as the systems of this study end lines.
//! Knows no column.

use std::fmt::Write;

/// A table under construction, its head first.
#[derive(Clone, Debug)]
pub(crate) struct Csv(String);

impl Csv {
    /// A table with these columns and no rows.
    pub(crate) fn new(head: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(head);
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

/// With so many decimals; nothing for nothing, and for what no reader of tables takes as a number.
pub(crate) fn fixed(value: Option<f64>, decimals: usize) -> String {
    let mut cell = String::new();
    if let Some(value) = value.filter(|value| value.is_finite()) {
        // Writing to a text cannot fail.
        write!(cell, "{value:.decimals$}").ok();
    }
    cell
}

/// A cell in quotes where it must be: to keep it whole, and where a spreadsheet might take a text for a formula. Such a text
/// also gets the mark ' by which spreadsheets know a text, since some look for formulas within quotes too.
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
    fn texts_like_formulas_are_marked_as_texts_and_numbers_are_not() {
        let cells = ["=1+1", "@SUM(A1)", "+x", "-x", "-1.5", "+2"].map(quoted);
        assert_eq!(cells, ["\"'=1+1\"", "\"'@SUM(A1)\"", "\"'+x\"", "\"'-x\"", "-1.5", "+2"]);
    }

    #[test]
    fn numbers_have_fixed_decimals_and_what_is_none_is_empty() {
        assert_eq!(
            [Some(0.05), Some(-2.0), Some(1e9)].map(|value| fixed(value, 3)),
            ["0.050", "-2.000", "1000000000.000"]
        );
        assert_eq!([None, Some(f64::NAN), Some(f64::INFINITY)].map(|value| fixed(value, 3)), ["", "", ""]);
    }
}
