//! Tables as other programs read them (RFC 4180), read back. Knows no column.

/// A table with its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csv {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row of it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    head: &'a [String],
    cells: &'a [String],
}

impl Csv {
    /// The table of a text, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rows = rows(text)?.into_iter();
        let head = rows.next().ok_or("it has no head")?;
        let rows: Vec<Vec<String>> = rows.collect();
        if let Some(place) = rows.iter().position(|row| row.len() != head.len()) {
            return Err(format!("row {} has {} cells, and the head {}", place + 1, rows[place].len(), head.len()));
        }
        Ok(Self { head, rows })
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { head: &self.head, cells })
    }
}

impl<'a> Row<'a> {
    /// The cell of a column that must be there.
    pub fn text(self, column: &str) -> Result<&'a str, String> {
        let place = self.head.iter().position(|name| name == column);
        let cell = place.and_then(|place| self.cells.get(place));
        cell.map(String::as_str).ok_or_else(|| format!("it has no column `{column}`"))
    }

    /// The number in the cell; none where the cell is empty.
    pub fn number(self, column: &str) -> Result<Option<f64>, String> {
        match self.text(column)? {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Some(value)),
                _ => Err(format!("column `{column}`: `{text}` is no number")),
            },
        }
    }
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            _ if quoted => cell.push(letter),
            ',' => row.push(std::mem::take(&mut cell)),
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(letter),
        }
    }
    match quoted || !cell.is_empty() || !row.is_empty() {
        true => Err("its last line does not end".to_owned()),
        false => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_they_were_written() {
        let table = Csv::parse("name,value_s\n\"a, \"\"b\"\"\nc\",1.5\nd,\n").expect("a table");
        let rows: Vec<Row<'_>> = table.rows().collect();
        assert_eq!(rows[0].text("name"), Ok("a, \"b\"\nc"));
        assert_eq!((rows[0].number("value_s"), rows[1].number("value_s")), (Ok(Some(1.5)), Ok(None)));
    }

    #[test]
    fn what_is_no_table_is_told() {
        let refused = |text: &str| Csv::parse(text).expect_err("it is none");
        assert_eq!(refused(""), "it has no head");
        assert_eq!(refused("a,b\n1\n"), "row 1 has 1 cells, and the head 2");
        assert_eq!(refused("a\n\"1\n"), "its last line does not end");
        let table = Csv::parse("a\nx\n").expect("a table");
        let row = table.rows().next().expect("a row");
        assert_eq!(row.number("a"), Err("column `a`: `x` is no number".to_owned()));
        assert_eq!(row.text("b"), Err("it has no column `b`".to_owned()));
    }
}
