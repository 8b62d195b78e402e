//! What jobs on a cluster leave, and what Slurm lists: outcomes, descriptions, and lines of `squeue`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offprint::digest::Digest;
use offprint::slurm::description::Description;
use offprint::slurm::listing::Listing;
use offprint::slurm::outcome::Outcome;

fuzz_target!(|text: &str| {
    let key = Digest::of(b"key");
    let text = text.replace("KEY", &key.to_string());
    if let Ok(outcome) = Outcome::parse(text.as_bytes(), &key.to_string()) {
        assert_eq!(Outcome::parse(outcome.text().as_bytes(), &key.to_string()), Ok(outcome));
    }
    if let Ok(description) = serde_json::from_str::<Description>(&text)
        && let Some(step) = &description.step
    {
        let _ = step.step();
    }
    let listing = Listing::parse(&text);
    assert_eq!(Listing::parse(&text), listing);
    // The job that counts is one of those listed.
    if let Some(job) = listing.job(key, &[]) {
        let ended = listing.ended(key).iter().any(|(id, _)| *id == job.id);
        assert!(ended || listing.living(key).contains(&job.id));
    }
});
