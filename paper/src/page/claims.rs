//! The claims as cards: the statement, and for every test the finding and number here, on other machines and for the values of 2016, with a
//! bar for the bound. The details can be opened. Independent of particular claims.

use offprint_typeset::page::markup::escaped;
use results::verdicts::{Basis, Finding, Judged, Margin, Test, Verdict};

use super::bar::{self, Whose};
use crate::number::fixed;

/// The cards of the claims that rest on `basis`.
pub fn cards(claims: &[Judged], basis: Basis) -> String {
    claims.iter().filter(|claim| claim.basis == basis).map(card).collect()
}

fn card(claim: &Judged) -> String {
    let id = escaped(&claim.id);
    let tests: String = claim.tests.iter().map(|test| rows(claim, test)).collect();
    let details: String = claim.tests.iter().map(|test| details(claim, test)).collect();
    format!(
        "<article class=\"card\" id=\"claim-{id}\" aria-labelledby=\"claim-{id}-title\">\n\
         <h4 id=\"claim-{id}-title\"><span class=\"id\">{id}</span> {}</h4>\n<p>{}</p>\n{tests}\
         <details><summary>Results in detail, and what the original states</summary>\n{details}\
         <p><b>The original.</b> {}</p>\n</details>\n</article>\n",
        escaped(&claim.title),
        escaped(&claim.statement),
        escaped(&claim.original),
    )
}

/// The verdicts here, elsewhere and of 2016. Counts are the same on every machine, so their verdicts are ours and those of 2016.
fn verdicts<'a>(claim: &Judged, test: &'a Test) -> Vec<(Whose, String, &'a Verdict)> {
    let own = if claim.basis == Basis::Counted { "our counts" } else { "here" };
    let elsewhere = test.elsewhere.iter().map(|other| (Whose::Another, other.machine.clone(), &other.verdict));
    let elsewhere = elsewhere.filter(|_| claim.basis == Basis::Measured);
    let published = (Whose::Published, "2016".to_owned(), &test.published);
    [(Whose::Ours, own.to_owned(), &test.here)].into_iter().chain(elsewhere).chain([published]).collect()
}

fn rows(claim: &Judged, test: &Test) -> String {
    let verdicts = verdicts(claim, test);
    let numbers: Vec<_> =
        verdicts.iter().filter_map(|(whose, _, verdict)| Some((*whose, verdict.number.as_ref()?))).collect();
    let bound = numbers.iter().find_map(|(_, number)| number.bound.as_deref());
    let batch = test.batch.map(|batch| format!("Batch {batch}")).into_iter();
    let head: Vec<String> = batch.chain(bound.map(|bound| format!("bound: {}", escaped(bound)))).collect();
    let head = if head.is_empty() { String::new() } else { format!("<h5>{}</h5>\n", capital(&head.join("; "))) };
    let list: String = verdicts.iter().map(|(whose, name, verdict)| row(*whose, name, verdict)).collect();
    format!("{head}<ul class=\"tests\">\n{list}</ul>\n{}\n", bar::svg(&numbers))
}

/// Where, the finding and the value; for ours also the number with its interval, or the reason.
fn row(whose: Whose, name: &str, verdict: &Verdict) -> String {
    let number = verdict.number.as_ref();
    let value = number.map(|number| format!("{}\u{202f}{}", fixed(number.value, number.decimals), number.unit));
    let detail = match (&verdict.finding, number) {
        (Finding::NotTested { reason }, _) => escaped(reason),
        (_, Some(number)) => escaped(&number.text),
        (_, None) => String::new(),
    };
    let detail = if whose == Whose::Ours { format!("<span class=\"detail\">{detail}</span>") } else { String::new() };
    format!(
        "<li><span class=\"where\">{}</span> {} <span class=\"value\">{}</span>{detail}</li>\n",
        escaped(name),
        finding(verdict),
        escaped(value.unwrap_or_default().trim_end()),
    )
}

/// The finding as text; its class sets the colour.
fn finding(verdict: &Verdict) -> String {
    let class = match verdict.finding {
        Finding::Holds => "holds",
        Finding::Fails => "fails",
        Finding::NotTested { .. } => "untested",
    };
    let marginally = if verdict.margin == Margin::Marginal { ", marginally" } else { "" };
    format!("<span class=\"verdict {class}\">{}{marginally}</span>", verdict.finding.word())
}

/// The sentences of each verdict, and the reason for the bound.
fn details(claim: &Judged, test: &Test) -> String {
    let batch = test.batch.map(|batch| format!(", batch {batch}")).unwrap_or_default();
    let sentences = verdicts(claim, test).into_iter().map(|(_, name, verdict)| {
        let text = match &verdict.finding {
            Finding::NotTested { reason } if verdict.words.is_empty() => format!("Not tested: {reason}."),
            _ => verdict.words.clone(),
        };
        let decided = verdict.number.as_ref().map(|number| &number.quantity);
        let others = verdict.numbers.iter().filter(|number| Some(&number.quantity) != decided);
        let others: Vec<String> = others.map(|number| escaped(&number.text)).collect();
        let others = if others.is_empty() { String::new() } else { format!(" Also: {}.", others.join("; ")) };
        format!("<p><b>{}{batch}.</b> {}{others}</p>\n", escaped(&capital(&name)), escaped(&text))
    });
    let sentences: String = sentences.collect();
    let bound = &test.here.bound;
    let bound =
        if bound.is_empty() { String::new() } else { format!("<p><b>Bound{batch}.</b> {}</p>\n", escaped(bound)) };
    sentences + &bound
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::verdicts::{Elsewhere, Interval, IntervalKind, Limits, Number};

    fn verdict(finding: Finding, value: Option<f64>) -> Verdict {
        let number = value.map(|value| Number {
            quantity: "R²".to_owned(),
            value,
            unit: String::new(),
            decimals: 2,
            interval: Some(Interval { low: value - 0.1, high: value + 0.1, kind: IntervalKind::Influence }),
            limits: Some(Limits::at_least(0.9)),
            bound: Some("at least 0.90".to_owned()),
            text: format!("R² = {value:.2}"),
        });
        let margin = if finding == Finding::Fails { Margin::Marginal } else { Margin::Clear };
        let (numbers, words) = (number.iter().cloned().collect(), "Below < above.".to_owned());
        Verdict { finding, margin, number, numbers, bound: "Why 0.90.".to_owned(), words }
    }

    fn claim(basis: Basis) -> Judged {
        let nothing = Finding::NotTested { reason: "no power <sensor>".to_owned() };
        Judged {
            id: "C2".to_owned(),
            title: "Operations <predict> time".to_owned(),
            statement: "Time is linear.".to_owned(),
            original: "Figure 7".to_owned(),
            basis,
            tests: vec![Test {
                batch: Some(16),
                here: verdict(Finding::Fails, Some(0.85)),
                elsewhere: vec![Elsewhere {
                    machine: "cpu-1".to_owned(),
                    verdict: verdict(Finding::Holds, Some(0.95)),
                }],
                published: verdict(nothing, None),
            }],
        }
    }

    #[test]
    fn a_card_shows_finding_number_and_bar_of_every_machine_and_hides_the_details() {
        let html = cards(&[claim(Basis::Measured)], Basis::Measured);
        let (shown, hidden) = html.split_once("<details>").expect("details");
        for part in [
            "<h4 id=\"claim-C2-title\"><span class=\"id\">C2</span> Operations &lt;predict&gt; time</h4>",
            "<h5>Batch 16; bound: at least 0.90</h5>",
            "<span class=\"where\">here</span> <span class=\"verdict fails\">fails, marginally</span> \
             <span class=\"value\">0.85</span><span class=\"detail\">R² = 0.85</span></li>",
            "<span class=\"where\">cpu-1</span> <span class=\"verdict holds\">holds</span> <span class=\"value\">0.95</span></li>",
            "<span class=\"verdict untested\">not tested</span> <span class=\"value\"></span></li>\n</ul>\n<svg class=\"bar\"",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(
            hidden.contains("<b>Here, batch 16.</b> Below &lt; above.") && hidden.contains("Why 0.90."),
            "{hidden}"
        );
        assert!(hidden.contains("<b>The original.</b> Figure 7"), "{hidden}");
        assert!(hidden.contains("<b>2016, batch 16.</b> Below &lt; above."), "{hidden}");
    }

    #[test]
    fn cards_of_counts_name_no_machine() {
        assert_eq!(cards(&[claim(Basis::Counted)], Basis::Measured), "");
        let html = cards(&[claim(Basis::Counted)], Basis::Counted);
        assert!(html.contains("our counts") && !html.contains("cpu-1") && !html.contains("here<"), "{html}");
    }
}
