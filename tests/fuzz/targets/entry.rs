//! An entry of the store, and the other texts of the engine: sums of a publication, traces of a checked step. Digests are
//! corrected, so that the text behind them is reached.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use offprint::digest::Digest;
use offprint::entry::Entry;
use offprint::publication::sums;

fuzz_target!(|text: &str| {
    let _ = offprint::check::trace::read(text, Path::new("/work"));
    if let Ok(files) = sums::parse(text) {
        assert_eq!(sums::parse(&sums::text(&files)).as_ref(), Ok(&files));
    }
    let (head, key) = text.split_once("\n--\n").unwrap_or((text, ""));
    let body = format!("{head}\nkey {}\n{key}\n", Digest::of(format!("{key}\n").as_bytes()));
    let whole = format!("{body}whole {}\n", Digest::of(body.as_bytes()));
    if let Ok(entry) = Entry::parse(&whole) {
        assert_eq!(Entry::parse(&entry.to_text()).map(|again| again.to_text()), Ok(entry.to_text()));
    }
});
