//! Archives: packed the same to the byte each time, and unpacked with checks, since they may come from anyone and be
//! packed again by any program.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::Path;

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Archive, Builder, EntryType, Header};

use crate::graph::is_plain;
use crate::publication::sums;
use crate::stray::is_stray;

/// The top folder of an archive.
const TOP: &str = "publication";

/// Limits of an archive.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Number of files.
    pub files: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Far above any paper, far below any disk.
pub const BOUNDS: Bounds = Bounds { files: 100_000, file_bytes: 256 << 20, bytes: 2 << 30 };

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read as an archive.
    #[error("it cannot be read as a compressed archive: {0}\nhint: get it again from where it was published")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is {kind}\nhint: {remedy}")]
    Other {
        /// What it is.
        kind: &'static str,
        /// The remedy.
        remedy: &'static str,
    },
    /// Something in it cannot be part of a publication.
    #[error(
        "it contains `{name}`, {problem}\nhint: get it again from where it was published, or pack the folder of \
         `cargo xtask publish` with `tar -czf`"
    )]
    Entry {
        /// The path in the archive.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

const UNPACK: &str = "unpack it, and give the folder that has SHA256SUMS";
const AGAIN: &str = "get the archive itself from where it was published";

/// What else a file may be, by its first bytes.
const OTHERS: [(&[u8], &str, &str); 15] = [
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"PK\x05\x06", "an empty zip archive", AGAIN),
    (b"\xfd7zXZ\0", "packed with xz", UNPACK),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", UNPACK),
    (b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
    (b"\x1f\x9d", "packed with compress, as .Z files are", UNPACK),
    (b"LZIP", "packed with lzip", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"%PDF", "a PDF file", "give the folder or archive that has it, not the report alone"),
    (b"version https://git-lfs", "a pointer of Git LFS", "`git lfs pull` gets the file"),
    (b"<!DOCTYPE", "a web page", AGAIN),
    (b"<!doctype", "a web page", AGAIN),
    (b"<html", "a web page", AGAIN),
];

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Where the name of its format stands in a tar archive.
const USTAR: (usize, &[u8]) = (257, b"ustar");

/// What an archive contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// The files of the publication by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The paths of files that systems or editors have left.
    pub strays: Vec<String>,
}

/// Writes `files` as a compressed archive: sorted, without times, owners or other properties of this machine.
pub fn pack(files: &BTreeMap<String, Vec<u8>>, to: impl Write) -> io::Result<()> {
    let mut archive = Builder::new(GzBuilder::new().mtime(0).operating_system(255).write(to, Compression::best()));
    for (path, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(EntryType::Regular);
        archive.append_data(&mut header, format!("{TOP}/{path}"), &bytes[..])?;
    }
    archive.into_inner()?.finish()?.flush()
}

/// Reads the archive at `path` into memory, compressed or not, with or without a top folder. Reads no more than the
/// bounds allow.
pub fn unpack(path: &Path, bounds: Bounds) -> Result<Unpacked, ArchiveError> {
    let mut file = File::open(path)?;
    let mut first = Vec::new();
    (&mut file).take(512).read_to_end(&mut first)?;
    file.rewind()?;
    if first.is_empty() {
        return Err(ArchiveError::Other { kind: "empty", remedy: AGAIN });
    }
    if let Some((_, kind, remedy)) = OTHERS.iter().find(|(start, _, _)| first.starts_with(start)) {
        return Err(ArchiveError::Other { kind, remedy });
    }
    // Headers and padding are limited, too.
    let max = bounds.bytes + 2048 * (bounds.files as u64 + 1);
    let is_plain_tar = first.get(USTAR.0..).is_some_and(|rest| rest.starts_with(USTAR.1));
    match first.starts_with(&GZIP) {
        _ if is_plain_tar => entries(file.take(max), bounds),
        true => entries(Members(Some(GzDecoder::new(BufReader::new(file)))).take(max), bounds),
        false => Err(ArchiveError::Other {
            kind: "neither a tar archive nor one compressed with gzip",
            remedy: "give the folder or archive that `cargo xtask publish` wrote",
        }),
    }
}

/// A file of gzip with one or more members, as programs write it that compress block by block. As gzip does, it ignores
/// anything else after them.
struct Members(Option<GzDecoder<BufReader<File>>>);

impl Read for Members {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(to)?;
            if read > 0 || to.is_empty() {
                return Ok(read);
            }
            if let Some(mut rest) = self.0.take().map(GzDecoder::into_inner)
                && rest.fill_buf()?.starts_with(&GZIP)
            {
                self.0 = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

fn entries(from: impl Read, bounds: Bounds) -> Result<Unpacked, ArchiveError> {
    let mut archive = Archive::new(from);
    let (mut files, mut strays, mut total) = (BTreeMap::new(), Vec::new(), 0);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |problem| Err(ArchiveError::Entry { name: name.clone(), problem });
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::GNUSparse => {}
            // `git archive` names its commit in such a header.
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            _ => return refuse("which is not a plain file"),
        }
        if name.contains('\\') {
            return refuse("whose path has a backslash, as some programs on Windows write it");
        }
        let Some(path) = inside(&name) else { return refuse("which would lie outside its folder") };
        if path.contains("GNUSparseFile.") {
            return refuse("which is packed in parts, as `tar --sparse` does");
        }
        total += entry.size();
        if entry.size() > bounds.file_bytes || total > bounds.bytes || files.len() + strays.len() >= bounds.files {
            return refuse("which exceeds the limits of a publication");
        }
        if is_stray(&path) {
            strays.push(path);
            continue;
        }
        let mut bytes = Vec::new();
        if entry.read_to_end(&mut bytes)? as u64 != entry.size() {
            return refuse("which is cut short");
        }
        if files.insert(path, bytes).is_some() {
            return refuse("twice");
        }
    }
    // To the end, where the checksum reveals a truncated archive.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(Unpacked { files: below_top(files)?, strays })
}

/// The path of an entry without `.` and empty parts; none when it leaves its folder.
fn inside(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let path = parts.join("/");
    (!name.starts_with('/') && is_plain(&path)).then_some(path)
}

/// The files by their path below the folder of the sums, which all are in. Without sums, the caller refuses them.
fn below_top(files: BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let tops = files.keys().filter_map(|path| path.strip_suffix(sums::FILE));
    let tops = tops.filter(|top| top.is_empty() || top.ends_with('/'));
    let Some(top) = tops.min_by_key(|top| top.len()).map(str::to_owned) else { return Ok(files) };
    let below = |(path, bytes): (String, Vec<u8>)| match path.strip_prefix(&top) {
        Some(path) => Ok((path.to_owned(), bytes)),
        None => Err(ArchiveError::Entry { name: path, problem: "which lies outside the folder of the publication" }),
    };
    files.into_iter().map(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    fn sample() -> BTreeMap<String, Vec<u8>> {
        let long = format!("figures/{}.svg", "x".repeat(200));
        let files =
            [("report.pdf", &b"%PDF"[..]), ("figures/ü.svg", &[0; 3000]), (&long, b"<svg/>"), (sums::FILE, b"")];
        files.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).into()
    }

    /// The result of unpacking an archive with one entry of this name, kind and content.
    fn unpacked(name: &str, kind: EntryType, bytes: &[u8], bounds: Bounds) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        let mut archive = Builder::new(GzBuilder::new().write(File::create(&path).unwrap(), Compression::fast()));
        let mut header = Header::new_ustar();
        // Bypasses the library's own checks, as an attacker would.
        header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append(&header, bytes).unwrap();
        archive.append(&header, bytes).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        unpack(&path, bounds).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn an_archive_is_the_same_each_time_and_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let pack = || {
            let mut bytes = Vec::new();
            pack(&sample(), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(pack(), pack());
        let path = folder.path().join("a.tar.gz");
        fs::write(&path, pack()).unwrap();
        assert_eq!(unpack(&path, BOUNDS).unwrap(), Unpacked { files: sample(), strays: Vec::new() });
    }

    #[test]
    fn an_entry_outside_the_folder_is_refused() {
        for name in ["top/../../etc/passwd", "/etc/passwd", "./../a", "../a", "..", "a\nb"] {
            let printed = unpacked(name, EntryType::Regular, b"x", BOUNDS);
            assert!(printed.contains(name) && printed.contains("outside its folder"), "{name}: {printed}");
        }
        let printed = unpacked("publication\\SHA256SUMS", EntryType::Regular, b"x", BOUNDS);
        assert!(
            printed.contains("publication\\SHA256SUMS`, whose path has a backslash") && printed.contains("tar -czf")
        );
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo] {
            assert!(unpacked("top/a", kind, b"", BOUNDS).contains("not a plain file"), "{kind:?}");
        }
        assert!(unpacked("top/a", EntryType::Regular, b"x", BOUNDS).contains("twice"));
    }

    #[test]
    fn an_archive_beyond_its_limits_is_refused_and_not_read() {
        let few = |files, file_bytes, bytes| Bounds { files, file_bytes, bytes };
        for bounds in [few(9, 10, 10_000), few(9, 10_000, 10), few(0, 10_000, 10_000)] {
            let printed = unpacked("top/a", EntryType::Regular, &[0; 1000], bounds);
            assert!(printed.contains("exceeds the limits"), "{bounds:?}: {printed}");
        }
    }

    #[test]
    fn a_truncated_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        let mut whole = Vec::new();
        pack(&sample(), &mut whole).unwrap();
        for at in 0..whole.len() {
            fs::write(&path, &whole[..at]).unwrap();
            assert!(unpack(&path, BOUNDS).is_err(), "cut at {at}");
        }
        let plain = packed("tar -cf - publish | head -c 1100 > $0").unwrap_err().to_string();
        assert!(plain.contains("cut short") || plain.contains("unexpected EOF"), "{plain}");
    }

    /// What a shell command makes of the folder `publish`, in the file that it writes as `$0`.
    fn packed(command: &str) -> Result<Unpacked, ArchiveError> {
        let top = tempfile::tempdir().unwrap();
        for (path, bytes) in sample() {
            let path = top.path().join("target/publish").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let (archive, folder) = (top.path().join("a.tar.gz"), top.path().join("target"));
        let status = std::process::Command::new("sh").args(["-ec", command]).arg(&archive).current_dir(folder).status();
        assert!(status.unwrap().success(), "{command}");
        unpack(&archive, BOUNDS)
    }

    #[test]
    fn an_archive_may_be_packed_by_any_program_with_or_without_a_top_folder() {
        for command in [
            "tar -czf $0 -C publish .",
            "tar -czf $0 publish",
            "tar -czf $0 ./publish/",
            "cd ..; tar -czf $0 target/publish",
            "cd publish; tar -czf $0 *",
            "tar --format=pax -czf $0 publish",
            "tar --format=gnu -czf $0 publish",
            "tar -cf $0 publish",
            "tar -cf - publish | split --bytes=1000 --filter=gzip - > $0",
            "tar -czf $0 publish; head -c 512 /dev/zero >> $0",
            "cd publish/figures; truncate -s 0 ü.svg; truncate -s 3000 ü.svg; cd ../..; tar --sparse -czf $0 publish",
            "cd publish; git init -q; git add .; git -c user.name=a -c user.email=a@b commit -qm a; \
             git archive --prefix=p/ --format=tar.gz HEAD > $0",
        ] {
            assert_eq!(packed(command).unwrap().files, sample(), "{command}");
        }
    }

    #[test]
    fn files_of_systems_and_editors_are_no_part_of_a_publication() {
        let read =
            packed("touch publish/._report.pdf publish/.DS_Store; mkdir __MACOSX; touch __MACOSX/a; tar -czf $0 *");
        let strays = ["__MACOSX/a", "publish/._report.pdf", "publish/.DS_Store"].map(str::to_owned);
        let read = read.unwrap();
        assert_eq!((read.files, BTreeSet::from_iter(read.strays)), (sample(), BTreeSet::from(strays)));
        // A link is none of them: nothing in an archive may point elsewhere.
        let link = packed("ln -s /etc/passwd publish/.#a; tar -czf $0 publish").unwrap_err().to_string();
        assert!(link.contains("`publish/.#a`, which is not a plain file"), "{link}");
    }

    #[test]
    fn another_kind_of_file_is_named_with_the_remedy() {
        for (command, kind, remedy) in [
            ("printf 'PK\\003\\004' > $0", "a zip archive", "unpack it"),
            ("printf '\\3757zXZ\\000' > $0", "packed with xz", "unpack it"),
            ("printf '\\004\"M\\030' > $0", "packed with lz4", "unpack it"),
            ("printf '\\037\\235\\220' > $0", "packed with compress", "unpack it"),
            ("printf 'LZIP\\001' > $0", "packed with lzip", "unpack it"),
            ("printf '<!DOCTYPE html>' > $0", "a web page", "from where it was published"),
            ("printf 'version https://git-lfs.github.com/spec/v1' > $0", "a pointer of Git LFS", "git lfs pull"),
            ("cp publish/report.pdf $0", "a PDF file", "that has it"),
            ("touch $0", "empty", "from where it was published"),
            ("echo something > $0", "neither a tar archive", "cargo xtask publish"),
            ("touch b; tar -czf $0 b publish", "`b`, which lies outside the folder", "get it again"),
        ] {
            let error = match packed(command) {
                Err(error) => error.to_string(),
                Ok(_) => String::new(),
            };
            let (text, hint) = error.split_once("\nhint: ").unwrap_or_default();
            assert!(text.contains(kind) && hint.contains(remedy), "{command}: {error}");
        }
    }
}
