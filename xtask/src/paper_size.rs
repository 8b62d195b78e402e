//! The sheet that the report is set on: as an argument of the step that sets it, and read back from its key. Decides nothing.

use clap::ValueEnum;

use offprint::key::facts;

/// The step that is told.
pub const REPORT: &str = "report";

/// The flag that names the size.
const FLAG: &str = "--paper";

/// A size of paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PaperSize {
    /// 210 mm by 297 mm
    #[default]
    A4,
    /// US Letter, 8.5 in by 11 in
    Letter,
}

impl PaperSize {
    /// What the step with this key was told. What does not read as a size is none: anyone may have written the text.
    pub fn of_key(text: &str) -> Self {
        let label = format!("argument {FLAG}");
        let all = facts(text);
        let told = all.iter().find(|(known, _)| *known == label).and_then(|(_, values)| values.first().copied());
        told.and_then(|name| Self::from_str(name, false).ok()).unwrap_or_default()
    }

    /// As arguments: none for the usual size, so that the step is the same as ever.
    pub fn arguments(self) -> Vec<String> {
        match self {
            Self::A4 => Vec::new(),
            Self::Letter => vec![FLAG.to_owned(), "letter".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_back_from_a_key_and_the_usual_one_needs_no_argument() {
        assert!(PaperSize::A4.arguments().is_empty());
        assert_eq!(PaperSize::Letter.arguments(), ["--paper", "letter"]);
        let key = "key 1\nstep = report\nargument = compile\n";
        assert_eq!(PaperSize::of_key(key), PaperSize::A4);
        assert_eq!(PaperSize::of_key(&format!("{key}argument --paper = letter\n")), PaperSize::Letter);
        assert_eq!(PaperSize::of_key(&format!("{key}argument --paper = leather\n")), PaperSize::A4);
    }
}
