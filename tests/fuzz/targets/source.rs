//! The digest of a source by its tokens: no source crashes it, and a comment does not change it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::altered::with_line_feeds;
use offprint::digest::Digest;
use offprint::tokens;

fuzz_target!(|text: &str| {
    let (plain, commented) = (text.to_owned(), format!("// a comment\n{text}\n"));
    let [digest, with_comment] = [&plain, &commented].map(|text| tokens::digest(text.as_bytes()));
    // Where the text is not Rust, all bytes count but those of line ends.
    let of_bytes = |text: &str| Digest::of(&with_line_feeds(text.as_bytes()));
    if digest != of_bytes(&plain) && with_comment != of_bytes(&commented) {
        assert_eq!(digest, with_comment);
    }
});
