//! Bytes of a file that tensors view, plain or deflated. They are read in pieces, so no more of them is in memory than a reader keeps.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Crc;
use flate2::read::DeflateDecoder;

const PIECE_BYTES: usize = 64 << 10;

/// A range of a file. The code that makes one has checked that the range is within the file.
#[derive(Debug)]
pub struct Storage {
    /// Offset in the file.
    pub begin: u64,
    /// Length of the content.
    pub bytes: u64,
    /// Length in the file if it is deflated.
    pub deflated: Option<u64>,
    /// CRC-32 of the content, if the file has one.
    pub checksum: Option<u32>,
    is_checked: AtomicBool,
}

impl Storage {
    /// A range of a file with its content as it is.
    pub fn plain(begin: u64, bytes: u64) -> Self {
        Self::entry(begin, bytes, None, None)
    }

    /// An entry of an archive.
    pub fn entry(begin: u64, bytes: u64, deflated: Option<u64>, checksum: Option<u32>) -> Self {
        Self { begin, bytes, deflated, checksum, is_checked: AtomicBool::new(false) }
    }

    /// Offset of the end in the file.
    pub fn end(&self) -> u64 {
        self.begin + self.deflated.unwrap_or(self.bytes)
    }

    /// Passes the bytes of `range` to `take` piece by piece. The first call reads the whole content if it has a checksum.
    ///
    /// # Errors
    /// The file cannot be read, its content is not as long as declared, or the checksum is another.
    pub fn read(&self, mut file: &File, range: Range<u64>, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        let checksum = self.checksum.filter(|_| !self.is_checked.load(Ordering::Relaxed));
        let skipped = if checksum.is_some() || self.deflated.is_some() { 0 } else { range.start };
        let end = if checksum.is_some() { self.bytes } else { range.end };
        file.seek(SeekFrom::Start(self.begin + skipped))?;
        let mut source: Box<dyn Read> = match self.deflated {
            None => Box::new(file.take(self.bytes - skipped)),
            Some(bytes) => Box::new(DeflateDecoder::new(file.take(bytes))),
        };
        let (mut at, mut crc, mut piece) = (skipped, Crc::new(), vec![0; PIECE_BYTES]);
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let count = match source.read(&mut piece[..wanted]) {
                Ok(0) => return Err(wrong(format!("it ends after {at} of {} bytes", self.bytes))),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            crc.update(&piece[..count]);
            let next = at + count as u64;
            let (from, to) = (range.start.clamp(at, next), range.end.clamp(at, next));
            if from < to {
                take(&piece[(from - at) as usize..(to - at) as usize]);
            }
            at = next;
        }
        let Some(checksum) = checksum else { return Ok(()) };
        if source.read(&mut piece[..1])? > 0 {
            return Err(wrong(format!("it is longer than the declared {} bytes", self.bytes)));
        }
        if crc.sum() != checksum {
            return Err(wrong(format!("its checksum is {:08x} instead of {checksum:08x}", crc.sum())));
        }
        self.is_checked.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The whole content, at most `limit` bytes.
    pub fn content(&self, file: &File, limit: u64) -> io::Result<Vec<u8>> {
        if self.bytes > limit {
            return Err(wrong(format!("it has {} bytes; at most {limit} are read", self.bytes)));
        }
        let mut content = Vec::new();
        self.read(file, 0..self.bytes, |piece| content.extend_from_slice(piece))?;
        Ok(content)
    }
}

fn wrong(problem: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, problem)
}
