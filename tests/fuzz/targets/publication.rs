//! The files of a publication: its sums, lock, metadata and page.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use offprint::digest::Digest;
use offprint::publication::{metadata, sums};
use offprint::verification::findings::Findings;
use offprint::verification::material;

fuzz_target!(|text: &str| {
    // `path = content`, one file a line, as for the other targets.
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (path, content) in text.lines().filter_map(|line| line.split_once(" = ")) {
        files.insert(path.to_owned(), content.replace("\\n", "\n").into_bytes());
    }
    let digests = files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
    files.entry(sums::FILE.to_owned()).or_insert_with(|| sums::text(&digests).into_bytes());
    let mut findings = Findings::default();
    let _ = material::whole(&files, &mut findings);
    let _ = material::lock(&files);
    let _ = findings.lines(true);
    for bytes in files.values() {
        let _ = metadata::day(bytes);
        let _ = metadata::difference(bytes, "{}");
    }
});
