//! The journal of a run: a head that says what decides the predictions, then one line for each picture. An interrupted run goes on where
//! its journal ends, and makes the last batch again: the predictions must be the same, digit by digit.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use images::list::Entry;
use results::predictions::Prediction;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A picture with its prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Classified {
    pub(super) prediction: Prediction,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// The error of the file that was tolerated.
    pub(super) lenient: Option<String>,
}

/// An open journal. No other process has it open.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    all: Vec<Classified>,
    /// Predictions of the interrupted run that are made again.
    repeated: Vec<Classified>,
}

impl Journal {
    /// Opens the journal at `path` of a run with this head, and continues it if there is one.
    ///
    /// # Errors
    /// It cannot be written, or another process uses it.
    pub(super) fn open(path: &Path, head: &Value, entries: &[Entry], batch: usize) -> Result<Self> {
        let unusable = || {
            let path = path.display();
            format!("cannot write the journal {path}\nhint: give --journal a file in a folder that can be written")
        };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = options.with_context(unusable)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!("another process uses the journal {}\nhint: wait for it, or end it", path.display())
            }
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let (mut all, mut length) = continued(&file, head, entries)?;
        if length == 0 {
            file.set_len(0).with_context(unusable)?;
            length = write(&mut file, 0, head).with_context(unusable)?;
        }
        // Whole batches but the last one, which is made again.
        let kept = (all.len() / batch).saturating_sub(1) * batch;
        let repeated: Vec<_> = all.drain(kept..).map(|(classified, _)| classified).take(batch).collect();
        let length = all.last().map_or(length, |(_, end)| *end);
        file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length))).with_context(unusable)?;
        let all = all.into_iter().map(|(classified, _)| classified).collect();
        Ok(Self { path: path.to_owned(), file, all, repeated })
    }

    /// The predictions so far, in the order of the list.
    pub(super) fn all(&self) -> &[Classified] {
        &self.all
    }

    /// Adds the predictions of a batch.
    ///
    /// # Errors
    /// It cannot be written, or the interrupted run made other predictions of the same pictures.
    pub(super) fn append(&mut self, batch: Vec<Classified>) -> Result<()> {
        let repeated = std::mem::take(&mut self.repeated);
        if let Some((old, _)) = repeated.iter().zip(&batch).find(|(old, new)| old != new) {
            bail!(
                "{} has another prediction or content than in the interrupted run\nhint: remove {} to begin again",
                old.prediction.file,
                self.path.display()
            );
        }
        let mut text = Vec::new();
        for classified in &batch {
            serde_json::to_writer(&mut text, classified)?;
            text.push(b'\n');
        }
        let written = self.file.write_all(&text).and_then(|()| self.file.flush());
        written
            .with_context(|| format!("cannot write {}\nhint: free some space; the run goes on", self.path.display()))?;
        self.all.extend(batch);
        Ok(())
    }

    /// Removes the file, once the results are written.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
    }
}

/// The predictions of an interrupted run with this head, each with the end of its line, and the end of the head. Nothing if
/// the head is another one. What follows an incomplete line is ignored.
fn continued(file: &File, head: &Value, entries: &[Entry]) -> Result<(Vec<(Classified, u64)>, u64)> {
    let mut reader = BufReader::new(file);
    let (mut line, mut found) = (Vec::new(), Vec::new());
    let mut end = reader.read_until(b'\n', &mut line)? as u64;
    if !line.ends_with(b"\n") || serde_json::from_slice::<Value>(&line).ok().as_ref() != Some(head) {
        return Ok((Vec::new(), 0));
    }
    let of_head = end;
    for entry in entries {
        line.clear();
        end += reader.read_until(b'\n', &mut line)? as u64;
        let classified = serde_json::from_slice::<Classified>(&line).ok().filter(|_| line.ends_with(b"\n"));
        let is_of = |classified: &Classified| {
            (&classified.prediction.file, classified.prediction.label) == (&entry.path, entry.class)
        };
        match classified.filter(is_of) {
            Some(classified) => found.push((classified, end)),
            None => break,
        }
    }
    Ok((found, of_head))
}

/// Writes a line, and returns its end.
fn write(file: &mut File, at: u64, value: &Value) -> std::io::Result<u64> {
    let line = format!("{value}\n");
    file.seek(SeekFrom::Start(at))?;
    file.write_all(line.as_bytes())?;
    Ok(at + line.len() as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entries(count: u16) -> Vec<Entry> {
        (0..count).map(|class| Entry { path: format!("{class:03}.jpg"), class }).collect()
    }

    fn classified(entry: &Entry) -> Classified {
        let logits: Vec<f32> = (0..1000_u16).map(|class| f32::from(class ^ entry.class) / 7.0).collect();
        let prediction = Prediction::of(&entry.path, entry.class, &logits).expect("finite");
        Classified { prediction, sha256: entry.path.clone(), lenient: None }
    }

    fn batch(entries: &[Entry]) -> Vec<Classified> {
        entries.iter().map(classified).collect()
    }

    /// A journal with three batches of four, of ten pictures.
    fn folder() -> (tempfile::TempDir, PathBuf, Vec<Entry>) {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, entries) = (folder.path().join("journal"), entries(10));
        let mut journal = Journal::open(&path, &json!({"a": 1}), &entries, 4).expect("it is new");
        for entries in entries.chunks(4) {
            journal.append(batch(entries)).expect("it is writable");
        }
        (folder, path, entries)
    }

    #[test]
    fn an_interrupted_run_goes_on_before_its_last_whole_batch() {
        let (_folder, path, entries) = folder();
        let text = fs::read(&path).expect("a file");
        let ends: Vec<usize> =
            text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
        // The head and so many lines, whole or not.
        for (length, kept) in [
            (text.len(), 4),
            (ends[8], 4),
            (ends[8] - 1, 0),
            (ends[7] + 5, 0),
            (ends[4], 0),
            (ends[0], 0),
            (ends[0] - 1, 0),
            (0, 0),
        ] {
            fs::write(&path, &text[..length]).expect("a writable folder");
            let mut journal = Journal::open(&path, &json!({"a": 1}), &entries, 4).expect("it goes on");
            assert_eq!(journal.all(), batch(&entries[..kept]), "{length}");
            for entries in entries[kept..].chunks(4) {
                journal.append(batch(entries)).expect("the same predictions");
            }
            drop(journal);
            assert!(fs::read(&path).expect("a file") == text, "{length}");
        }
    }

    #[test]
    fn another_run_begins_anew() {
        let (_folder, path, mut entries) = folder();
        entries[1].class = 999;
        let journal = Journal::open(&path, &json!({"a": 1}), &entries, 4).expect("it goes on");
        assert_eq!(journal.all(), []);
        drop(journal);
        let (_folder, path, entries) = folder();
        assert_eq!(Journal::open(&path, &json!({"a": 2}), &entries, 4).expect("it is new").all(), []);
        assert_eq!(fs::read(&path).expect("a file"), b"{\"a\":2}\n");
    }

    #[test]
    fn other_predictions_than_before_are_refused() {
        let (_folder, path, entries) = folder();
        let mut journal = Journal::open(&path, &json!({"a": 1}), &entries, 4).expect("it goes on");
        let mut other = batch(&entries[4..8]);
        other[2].prediction.logits[4] = other[2].prediction.logits[4].next_down();
        let error = journal.append(other).expect_err("another digit").to_string();
        assert!(error.starts_with("006.jpg has another") && error.contains("\nhint: remove "), "{error}");
    }

    #[test]
    fn one_process_has_a_journal() {
        let (_folder, path, entries) = folder();
        let _journal = Journal::open(&path, &json!({"a": 1}), &entries, 4).expect("it goes on");
        let second = Journal::open(&path, &json!({"a": 1}), &entries, 4);
        assert!(second.err().is_some_and(|error| error.to_string().starts_with("another process uses")));
    }
}
