//! The claims as a table, and as a line of verdicts. Knows no claim by name.

use results::verdicts::{Finding, Judged, Test, Verdict};

use super::markup::escaped;

/// The word of a finding in its colour, which repeats the word and says nothing more.
fn word(verdict: &Verdict) -> String {
    let class = match verdict.finding {
        Finding::Holds => "holds",
        Finding::Fails => "fails",
        Finding::NotTested { .. } => "untested",
    };
    format!("<span class=\"verdict {class}\">{}</span>", verdict.finding.word())
}

/// Each claim with its verdicts, in a list that leads to the table.
pub fn verdicts(claims: &[Judged]) -> String {
    let item = |claim: &Judged| {
        let (id, title) = (escaped(&claim.id), escaped(&claim.title));
        let words: Vec<String> = claim.tests.iter().map(|test| word(&test.here)).collect();
        format!("<li><a href=\"#claim-{id}\"><b>{id}</b> {title}</a> {}</li>\n", words.join(" "))
    };
    claims.iter().map(item).collect()
}

/// A row a claim: what it says, what was found here against which bound, and what the original's own values give.
pub fn rows(claims: &[Judged]) -> String {
    claims.iter().map(row).collect()
}

fn row(claim: &Judged) -> String {
    let each = |cell: &dyn Fn(&Test) -> String| claim.tests.iter().map(cell).collect::<Vec<_>>().join("<br>");
    let number = |verdict: &Verdict| {
        verdict.number.as_ref().map(|number| format!("<br>{}", escaped(&number.text))).unwrap_or_default()
    };
    let batch = |test: &Test| test.batch.map(|batch| format!("batch {batch}: ")).unwrap_or_default();
    format!(
        "<tr id=\"claim-{id}\"><th scope=\"row\">{id}</th><td><b>{}.</b> {}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td>{}<br><span class=\"note\">{}</span></td></tr>\n",
        escaped(&claim.title),
        escaped(&claim.statement),
        each(&|test| format!("{}{}{}", batch(test), word(&test.here), number(&test.here))),
        claim.tests.first().map(|test| escaped(&test.here.bound)).unwrap_or_default(),
        each(&|test| format!("{}{}", batch(test), escaped(&test.here.words))),
        each(&|test| format!("{}{}{}", batch(test), word(&test.published), number(&test.published))),
        escaped(&claim.original),
        id = escaped(&claim.id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::verdicts::{Basis, Limits};

    use crate::claims::verdict::{Decides, decided_by, not_tested, number};

    fn claim() -> Judged {
        let number = number("R²", 0.953, 2, "").against(Limits::at_least(0.9));
        let here = decided_by(vec![number], "at least 0.90".to_owned(), "Seen.".to_owned());
        let published = not_tested("at least 0.90".to_owned(), "too few points".to_owned());
        Judged {
            id: "C2".to_owned(),
            title: "Operations <predict> time".to_owned(),
            statement: "Time is linear.".to_owned(),
            original: "Figure 7".to_owned(),
            basis: Basis::Measured,
            tests: vec![Test { batch: Some(1), here, elsewhere: Vec::new(), published }],
        }
    }

    #[test]
    fn a_row_has_verdict_number_bound_and_the_originals() {
        let html = row(&claim());
        for part in [
            "<tr id=\"claim-C2\"><th scope=\"row\">C2</th>",
            "<b>Operations &lt;predict&gt; time.</b> Time is linear.",
            "batch 1: <span class=\"verdict holds\">holds</span><br>R² = 0.95",
            "<td>at least 0.90</td><td>batch 1: Seen.</td>",
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
