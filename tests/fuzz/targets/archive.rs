//! The archive of a publication: as it came, and as the bytes of an uncompressed archive, which are compressed first.

#![no_main]

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use offprint::publication::archive::{self, Bounds};

const BOUNDS: Bounds = Bounds { files: 50, file_bytes: 1 << 16, bytes: 1 << 18 };

fuzz_target!(|data: &[u8]| {
    let folder = fuzz::folder();
    let path = folder.path().join("publication.tar.gz");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(data).expect("memory");
    for bytes in [data.to_vec(), packed.finish().expect("memory")] {
        fs::write(&path, bytes).expect("a file");
        let Ok(files) = archive::unpack(&path, BOUNDS).map(|unpacked| unpacked.files) else { continue };
        assert!(files.len() <= BOUNDS.files && files.values().all(|file| file.len() as u64 <= BOUNDS.file_bytes));
        for name in files.keys() {
            assert!(offprint::graph::is_plain(name), "{name:?} would lie outside the folder");
        }
        let mut again = Vec::new();
        if archive::pack(&files, &mut again).is_ok() {
            fs::write(&path, again).expect("a file");
            assert_eq!(archive::unpack(&path, BOUNDS).expect("an archive that the program wrote").files, files);
        }
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(left.len(), 1, "unpacking wrote to the disk");
});
