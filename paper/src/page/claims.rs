//! The claims as a table, and as a line of verdicts. Knows no claim by name.

use super::markup::escaped;
use crate::claims::{Finding, Judged, Verdict};

/// The word of a finding, and the class of its colour, which repeats the word and says nothing more.
fn finding(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict.finding {
        Finding::Holds => ("holds", "holds"),
        Finding::Fails => ("fails", "fails"),
        Finding::NotTested { .. } => ("not tested", "untested"),
    }
}

fn word(verdict: &Verdict) -> String {
    let (word, class) = finding(verdict);
    format!("<span class=\"verdict {class}\">{word}</span>")
}

/// Each claim with its verdict, in a list that leads to the table.
pub fn verdicts(claims: &[Judged]) -> String {
    let item = |claim: &Judged| {
        let (id, title) = (escaped(&claim.id), escaped(&claim.title));
        format!("<li><a href=\"#claim-{id}\"><b>{id}</b> {title}</a> {}</li>\n", word(&claim.verdict))
    };
    claims.iter().map(item).collect()
}

/// A row a claim: what it says, what was found here against which bound, and what the original's own values give.
pub fn rows(claims: &[Judged]) -> String {
    claims.iter().map(row).collect()
}

fn row(claim: &Judged) -> String {
    let number = |verdict: &Verdict| {
        verdict.number.as_ref().map(|number| format!("<br>{}", escaped(&number.text))).unwrap_or_default()
    };
    format!(
        "<tr id=\"claim-{id}\"><th scope=\"row\">{id}</th><td><b>{}.</b> {}</td><td>{}{}</td><td>{}</td><td>{}</td>\
         <td>{}{}<br><span class=\"note\">{}</span></td></tr>\n",
        escaped(&claim.title),
        escaped(&claim.statement),
        word(&claim.verdict),
        number(&claim.verdict),
        escaped(&claim.verdict.bound),
        escaped(&claim.verdict.words),
        word(&claim.verdict_2016),
        number(&claim.verdict_2016),
        escaped(&claim.original),
        id = escaped(&claim.id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Number;

    fn claim() -> Judged {
        let number = Number::new("R²", 0.953, 2, "");
        Judged {
            id: "C2".to_owned(),
            title: "Operations <predict> time".to_owned(),
            statement: "Time is linear.".to_owned(),
            original: "Figure 7".to_owned(),
            verdict: Verdict::decided(true, number, "at least 0.90".to_owned(), "Seen.".to_owned()),
            verdict_2016: Verdict::not_tested("at least 0.90".to_owned(), "too few points".to_owned()),
        }
    }

    #[test]
    fn a_row_has_verdict_number_bound_and_the_originals() {
        let html = row(&claim());
        for part in [
            "<tr id=\"claim-C2\"><th scope=\"row\">C2</th>",
            "<b>Operations &lt;predict&gt; time.</b> Time is linear.",
            "<span class=\"verdict holds\">holds</span><br>R² = 0.95",
            "<td>at least 0.90</td><td>Seen.</td>",
            "<span class=\"verdict untested\">not tested</span><br><span class=\"note\">Figure 7</span>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn each_claim_is_in_the_line_of_verdicts() {
        let html = verdicts(&[claim(), claim()]);
        assert_eq!(html.matches("<li>").count(), 2);
        assert!(html.contains("href=\"#claim-C2\"") && html.contains(">holds</span>"), "{html}");
    }
}
