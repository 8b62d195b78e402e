//! The form of a meter's lines: one separator, one decimal sign and one column of power for the whole log. What is not
//! declared is learnt from the first lines, and a line that could mean two powers is refused.

use super::number::{Unit, number, unit_of_column, unit_of_text, watts, with_unit};

#[cfg(test)]
mod tests;

/// The content of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A time [s, Unix time] and a power [W].
    Power(f64, f64),
    /// An empty line, a comment or column names.
    Empty,
    /// Anything else: an error that quotes the line, and the remedy.
    Invalid(String, &'static str),
}

/// The plausible times [s, Unix time]: from 2001-09-09 to far in the future, but not in milliseconds. A meter that
/// counts from its own start cannot be aligned.
const PLAUSIBLE: std::ops::Range<f64> = 1e9..1e11;
/// The maximum number of lines with column names and the like.
const MAX_HEADER: usize = 32;

/// The maximum length of a quotation, in characters.
const MAX_QUOTED: usize = 80;
/// The powers that a machine may draw [W]. Instruments write 9.91E+37 where they have no value (SCPI-99), and a negative
/// power where they are connected the wrong way round.
const POSSIBLE: std::ops::Range<f64> = 0.0..1e6;

/// The form of a log, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Format {
    /// The decimal sign that the user declared.
    declared: Option<char>,
    /// The column of the power that the user declared, from 1.
    column: Option<usize>,
    /// The decimal sign of earlier lines.
    decimal: Option<char>,
    /// The separator of earlier lines.
    separator: Option<char>,
    /// The lines before the first one with numbers. They return when a meter restarts.
    header: Vec<String>,
    /// The factor to watts of the unit in the column names; none before the first line with numbers.
    factor: Option<f64>,
}

/// Why a line is refused. A later one is more specific.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Problem {
    Encoding,
    Time,
    NoPower,
    Columns,
    Commas,
    Power,
    Impossible,
    Unit,
    Signs,
    Thousands,
}

/// A line that fits a separator.
struct Fit {
    seconds: f64,
    watts: f64,
    decimal: Option<char>,
    factor: f64,
}

impl Format {
    /// A form of which the decimal sign and the column of the power may be declared.
    pub fn declared(decimal: Option<char>, column: Option<usize>) -> Self {
        Self { declared: decimal, column, ..Self::default() }
    }

    /// Reads a line, and learns from it.
    pub fn line(&mut self, text: &str) -> Line {
        // A tab at the end stays: the field after it is empty.
        let text = text.trim_start_matches('\u{feff}').trim_start().trim_end_matches([' ', '\r', '\n']);
        let comment = text.strip_prefix('#');
        let begins_with_word = text.trim_start_matches(['"', '\'', '(', '[']).starts_with(char::is_alphabetic);
        if (comment.is_some() || begins_with_word) && self.factor.is_none() && self.header.len() < MAX_HEADER {
            self.header.push(comment.unwrap_or(text).trim().to_owned());
            return Line::Empty;
        }
        // A single word could be a mark such as `overload`.
        let returns = text.contains([',', ';', '\t', ' ']) && self.header.iter().any(|line| line == text);
        if text.trim().is_empty() || comment.is_some() || returns {
            return Line::Empty;
        }
        match self.read(text) {
            Ok((separator, fit)) => {
                self.separator = Some(separator);
                self.decimal = fit.decimal;
                self.factor = Some(fit.factor);
                Line::Power(fit.seconds, fit.watts)
            }
            Err(problem) => {
                let (what, hint) = problem.described();
                let mut quoted: String = text.chars().take(MAX_QUOTED).collect();
                if quoted.len() < text.len() {
                    quoted.push('…');
                }
                Line::Invalid(format!("`{}` {what}", quoted.escape_debug()), hint)
            }
        }
    }

    /// Reads a line by the separator of the log, or by the one that it fits. No line fits two with different values,
    /// since a field would contain the other separator.
    fn read(&self, text: &str) -> Result<(char, Fit), Problem> {
        if text.contains('\0') {
            return Err(Problem::Encoding);
        }
        let mut problem = Problem::Time;
        for separator in self.separator.map_or(vec![';', '\t', ',', ' '], |known| vec![known]) {
            match self.fit(&fields(text, separator), separator) {
                Ok(fit) => return Ok((separator, fit)),
                Err(other) => problem = problem.max(other),
            }
        }
        Err(problem)
    }

    /// Reads these fields, with the decimal sign that the log has afterwards.
    fn fit(&self, fields: &[&str], separator: char) -> Result<Fit, Problem> {
        let time = fields.first().and_then(|field| number(field)).ok_or(Problem::Time)?;
        if !PLAUSIBLE.contains(&time.value) {
            return Err(Problem::Time);
        }
        let is_number = |field: &&&str| number(field).is_some();
        let has_point = fields.iter().any(|field| field.contains('.'));
        if separator == ',' && self.declared.or(self.decimal) != Some('.') {
            // Commas may be decimal signs, too.
            let is_split = fields.len() > 2 && !has_point && fields.iter().filter(is_number).count() > 2;
            if is_split || self.declared.is_some() && !fields.iter().any(|field| field.contains(',')) {
                return Err(Problem::Commas);
            }
        }
        let column = self.column.unwrap_or(2);
        let field = fields.get(column - 1).ok_or(Problem::NoPower)?;
        let next = fields.get(column).and_then(|unit| watts(unit));
        if self.column.is_none() && fields.len() > 2 + usize::from(next.is_some()) {
            return Err(Problem::Columns);
        }
        let (power, unit) = with_unit(field).ok_or(Problem::Power)?;
        if fields.get(column).is_some_and(|next| unit_of_column(&format!("({next})")) == Unit::Other) {
            return Err(Problem::Unit);
        }
        let factor = self.factor.map_or_else(|| self.header_factor(fields.len(), column, separator), Ok)?;
        let known = self.declared.or(self.decimal);
        // A time has too many digits to be grouped, so its sign is clear. It may differ from a declared one.
        let decimal = known.or(time.sign).or(power.sign);
        let differs = |sign: Option<char>| sign.is_some() && sign != decimal;
        if differs(power.sign) || self.declared.is_none() && differs(time.sign) {
            return Err(Problem::Signs);
        }
        if power.is_groupable && power.sign == Some(',') && known.or(time.sign).is_none() {
            return Err(Problem::Thousands);
        }
        let watts = power.value * unit.or(next).unwrap_or(factor);
        let is_possible = POSSIBLE.contains(&watts);
        is_possible.then_some(Fit { seconds: time.value, watts, decimal, factor }).ok_or(Problem::Impossible)
    }

    /// The factor to watts of the unit in the column names; 1 where neither these nor the lines before them have one.
    fn header_factor(&self, count: usize, column: usize, separator: char) -> Result<f64, Problem> {
        let names = self.header.iter().rposition(|line| fields(line, separator).len() == count);
        let name = names.and_then(|line| fields(&self.header[line], separator).get(column - 1).copied());
        match name.map_or(Unit::Absent, unit_of_column) {
            Unit::Watts(factor) => Ok(factor),
            Unit::Other => Err(Problem::Unit),
            // It is not known to which column a unit in another line belongs.
            Unit::Absent => {
                let mut others = (0..self.header.len()).filter(|line| name.is_none() || Some(*line) != names);
                let is_in_watts = |line: usize| matches!(unit_of_text(&self.header[line]), None | Some(1.0));
                if others.all(is_in_watts) { Ok(1.0) } else { Err(Problem::Unit) }
            }
        }
    }
}

impl Problem {
    /// What is wrong with a line, and the remedy.
    fn described(self) -> (&'static str, &'static str) {
        let sign = "declare the decimal sign: meter,decimal=comma:FILE or meter,decimal=point:FILE";
        match self {
            Self::Encoding => ("is not UTF-8", "let the meter's program write UTF-8, not UTF-16"),
            Self::Time => (
                "does not begin with Unix time in seconds, separated as in earlier lines",
                "let the meter's program begin each line with the time that `date +%s.%N` prints",
            ),
            Self::NoPower => (
                "is not `seconds watts`",
                "separate time and power by a blank, tab, comma or semicolon, the same in every line",
            ),
            Self::Columns => (
                "has more than a time and a power",
                "declare which column is the power: meter,column=2:FILE for the second",
            ),
            Self::Commas => (
                "has commas that could be decimal signs or separators",
                "let the meter's program separate by semicolons; if no comma is a decimal sign, declare \
                 meter,decimal=point:FILE",
            ),
            Self::Power => (
                "has a power that is not a plain number",
                "let the meter's program write watts without a thousands sign, such as 1234.5",
            ),
            Self::Impossible => (
                "has a power that no machine draws",
                "a negative one means that the meter is connected the wrong way round; 9.91E+37 means that it has no value",
            ),
            Self::Unit => (
                "has a unit that is no power, or column names whose unit is not clear",
                "let the meter's program write watts, or the unit in each line, such as `7500 mW`",
            ),
            Self::Signs => ("has another decimal sign than the rest of the log", sign),
            Self::Thousands => ("has a comma that could be a decimal sign or a thousands sign", sign),
        }
    }
}

/// The fields of a line. A separator in quotes belongs to its field.
fn fields(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let fields = text.split(|letter: char| {
        is_quoted ^= letter == '"';
        !is_quoted && (letter == separator || separator == ' ' && letter == '\t')
    });
    let mut fields: Vec<&str> = fields
        .map(|field| {
            // A tab after a field separates it from an empty one.
            let field = if separator == ',' { field.trim_start().trim_end_matches(' ') } else { field.trim() };
            field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map_or(field, str::trim)
        })
        .filter(|field| separator != ' ' || !field.is_empty())
        .collect();
    while fields.last().is_some_and(|field| field.is_empty()) {
        fields.pop();
    }
    fields
}
