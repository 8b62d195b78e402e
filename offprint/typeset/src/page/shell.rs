//! The shell of a page: its skeleton, filled with its style and script, a policy that admits only these, and fonts with the characters of
//! the page. Independent of content.

use std::collections::BTreeSet;

use super::template::{self, Content};
use super::{font, policy};

/// The base style of every page; a page's own style follows it.
pub const BASE_STYLE: &str = include_str!("base.css");

/// The files of a page.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'a> {
    /// `page.html`, with the slots `head` and `style`, and `script` if there is one.
    pub skeleton: &'a str,
    /// `page.css`, which follows [`BASE_STYLE`].
    pub style: &'a str,
    /// `page.js`.
    pub script: Option<&'a str>,
}

/// The page with `content`, to which the slots of the shell are added.
///
/// # Errors
/// One line for each problem, with its file.
pub fn fill(shell: &Shell<'_>, mut content: Content) -> Result<String, Vec<String>> {
    let script = shell.script.map(|script| ("page.js", script, "</script"));
    for (file, text, end) in [("page.css", shell.style, "</style")].into_iter().chain(script) {
        check(text, end).map_err(|problem| vec![format!("{file}: {problem}")])?;
    }
    content.slots.extend(shell.script.map(|script| ("script", script.to_owned())));
    let mut filled = |style: String| {
        content.slots.insert("head", head(&policy::policy(&style, shell.script)));
        content.slots.insert("style", style);
        template::fill(shell.skeleton, &content)
            .map_err(|problems| problems.iter().map(|problem| format!("page.html: {problem}")).collect::<Vec<_>>())
    };
    let style = [BASE_STYLE, "\n", shell.style].concat();
    // The fonts contain the characters of the page, which are known once everything else is in it.
    let characters: BTreeSet<char> = filled(style.clone())?.chars().collect();
    let faces = font::faces(&characters).map_err(|problem| vec![format!("page.css: {problem}")])?;
    filled(faces + &style)
}

/// The first elements of the head. Browsers look for the encoding in the first 1024 bytes.
fn head(policy: &str) -> String {
    format!(
        "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
    )
}

/// Text between tags must not end them, and browsers must not change its bytes, whose digest the policy contains.
fn check(text: &str, end: &str) -> Result<(), String> {
    let is_plain = !text.to_ascii_lowercase().contains(end) && !text.contains("<!--") && !text.contains(['\r', '\0']);
    if is_plain { Ok(()) } else { Err(format!("it has `{end}`, `<!--` or a character that browsers change")) }
}
