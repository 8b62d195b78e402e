//! What a browser may do with the page: nothing but show it, with the style and the script that are in it. Knows neither.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The value of `Content-Security-Policy` under which `style` and `script` count, and nothing is fetched from anywhere: fonts and the
/// icon are data addresses. (The empty icon keeps browsers from asking the server for one.)
pub fn policy(style: &str, script: Option<&str>) -> String {
    let script = script.map(|script| format!("script-src '{}'; ", source(script))).unwrap_or_default();
    format!(
        "default-src 'none'; style-src '{}'; {script}font-src data:; img-src data:; base-uri 'none'; form-action 'none'",
        source(style),
    )
}

/// The digest by which a policy knows the text between the tags of an element.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_its_digest() {
        // The example of CSP Level 3, section 2.3.1, "Source Lists".
        let expected = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=";
        assert_eq!(source("alert('Hello, world.');"), expected);
    }

    #[test]
    fn a_page_without_a_script_may_run_none() {
        assert!(policy("", Some("x")).contains("script-src 'sha256-"));
        let without = policy("", None);
        assert!(without.starts_with("default-src 'none'; ") && !without.contains("script"), "{without}");
    }
}
