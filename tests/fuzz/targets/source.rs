//! The digest of a source by its tokens: no source crashes it, and a comment does not change it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::digest::Digest;
use offprint::tokens;

fuzz_target!(|text: &str| {
    let (plain, commented) = (text.to_owned(), format!("// a comment\n{text}\n"));
    let [digest, with_comment] = [&plain, &commented].map(|text| tokens::digest(text.as_bytes()));
    // Where the text is not Rust, all bytes count.
    if digest != Digest::of(plain.as_bytes()) && with_comment != Digest::of(commented.as_bytes()) {
        assert_eq!(digest, with_comment);
    }
});
