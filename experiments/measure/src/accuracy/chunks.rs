//! Inputs made from pictures by all threads of the machine, a few batches at a time and always in the same order.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use images::list::{Entry, digest};
use images::{Images, Preprocessing, decode};

/// Pictures per thread in one chunk: enough that threads seldom wait for each other at its end.
const PICTURES_PER_THREAD: usize = 8;

/// The inputs of consecutive pictures.
pub(super) struct Chunk {
    /// `[pictures, 3, side, side]`.
    pub(super) inputs: Vec<f32>,
    /// What is known of each picture.
    pub(super) pictures: Vec<Picture>,
    /// Time that it took [s].
    pub(super) seconds: f64,
}

/// A picture that was decoded.
pub(super) struct Picture {
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// The error that was tolerated.
    pub(super) lenient: Option<String>,
}

/// How chunks are made.
pub(super) struct Chunks<'a> {
    pub(super) images: &'a Images,
    pub(super) preprocessing: &'a Preprocessing,
    /// Pictures of a batch.
    pub(super) batch: usize,
}

impl Chunks<'_> {
    /// Sends the chunks from picture number `start` on, until the last or an error, or until nobody receives them.
    pub(super) fn send(&self, start: usize, to: &SyncSender<Result<Chunk>>) {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let length = (PICTURES_PER_THREAD * threads).div_ceil(self.batch) * self.batch;
        let count = self.images.entries.len();
        for first in (start..count).step_by(length) {
            let chunk = self.chunk(first..count.min(first + length), threads);
            let is_last = chunk.is_err();
            if to.send(chunk).is_err() || is_last {
                break;
            }
        }
    }

    fn chunk(&self, pictures: Range<usize>, threads: usize) -> Result<Chunk> {
        let began = Instant::now();
        let entries = &self.images.entries[pictures];
        let elements = self.preprocessing.elements();
        let mut inputs = vec![0.0; entries.len() * elements];
        let mut results: Vec<Option<Result<Picture>>> = entries.iter().map(|_| None).collect();
        self.work(entries, inputs.chunks_exact_mut(elements).zip(&mut results), threads);
        // The first error in the order of the list.
        let pictures = results.into_iter().flatten().collect::<Result<Vec<_>>>()?;
        Ok(Chunk { inputs, pictures, seconds: began.elapsed().as_secs_f64() })
    }

    /// Fills inputs and results, each of one entry, with so many threads.
    fn work<'w>(
        &self,
        entries: &'w [Entry],
        places: impl Iterator<Item = (&'w mut [f32], &'w mut Option<Result<Picture>>)> + Send,
        threads: usize,
    ) {
        let work = Mutex::new(entries.iter().zip(places));
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((entry, (input, result))) = next else { break };
                        *result = Some(self.picture(entry, input));
                    }
                });
            }
        });
    }

    fn picture(&self, entry: &Entry, input: &mut [f32]) -> Result<Picture> {
        let file = self.images.file(entry);
        let bytes = read(&file).with_context(|| {
            format!("cannot read {}\nhint: correct the list of labels, or copy the file again", file.display())
        })?;
        let decoded = decode::decode(&bytes).map_err(|error| {
            anyhow::anyhow!("cannot use the picture {}: {error}\nhint: {}", file.display(), error.remedy())
        })?;
        if !self.preprocessing.apply(&decoded.picture, input) {
            bail!("{:?} in {} is too narrow\nhint: remove it from the list of labels", decoded.picture, file.display());
        }
        Ok(Picture { sha256: digest(&bytes), lenient: decoded.lenient })
    }
}

/// The content of a file of limited size.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(decode::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() as u64 <= decode::MAX_BYTES, "it has more than {} bytes", decode::MAX_BYTES);
    Ok(bytes)
}
