//! The frame of a page: its skeleton filled, with its style and script in it, a policy that admits only these, and a font with the
//! characters it has. Knows no content.

use std::collections::BTreeSet;

use super::template::{self, Content};
use super::{font, policy};

/// The own files of a page.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'a> {
    /// `page.html`, with the slots `policy` and `style`, and `script` where there is one.
    pub skeleton: &'a str,
    /// `page.css`.
    pub style: &'a str,
    /// `page.js`.
    pub script: Option<&'a str>,
}

/// The page with `content`, to which the slots of the shell are added, or what is wrong: one line a problem, each with its file.
pub fn fill(shell: &Shell<'_>, mut content: Content) -> Result<String, Vec<String>> {
    let script = shell.script.map(|script| ("page.js", script, "</script"));
    for (file, text, end) in [("page.css", shell.style, "</style")].into_iter().chain(script) {
        check(text, end).map_err(|problem| vec![format!("{file}: {problem}")])?;
    }
    content.slots.extend(shell.script.map(|script| ("script", script.to_owned())));
    let mut filled = |style: String| {
        content.slots.insert("policy", policy::policy(&style, shell.script));
        content.slots.insert("style", style);
        template::fill(shell.skeleton, &content)
            .map_err(|problems| problems.iter().map(|problem| format!("page.html: {problem}")).collect::<Vec<_>>())
    };
    // The fonts have the characters of the page, which are known when all else is in it.
    let characters: BTreeSet<char> = filled(shell.style.to_owned())?.chars().collect();
    let faces = font::faces(&characters).map_err(|problem| vec![format!("page.css: {problem}")])?;
    filled(faces + shell.style)
}

/// A text that stands between tags as it is must not end them, and browsers must read the very bytes whose digest is taken.
fn check(text: &str, end: &str) -> Result<(), String> {
    let is_plain = !text.to_ascii_lowercase().contains(end) && !text.contains("<!--") && !text.contains(['\r', '\0']);
    if is_plain { Ok(()) } else { Err(format!("it has `{end}`, `<!--` or a character that browsers change")) }
}
