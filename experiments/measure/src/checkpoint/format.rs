//! Formats of files by how they begin: those that are read, and those that are given in their place, with a name and the remedy for each.

/// How much of a file is read to recognise it: up to the magic number of a tar archive, and the first name in a ZIP.
pub const HEAD_BYTES: u64 = 512;

/// For pickles with more than tensors.
pub const CONVERT: &str = "if you trust its origin, save its tensors alone with Python: \
    d = torch.load(FILE, map_location=\"cpu\", weights_only=False); \
    torch.save(d.state_dict() if hasattr(d, \"state_dict\") else d[\"state_dict\"], \"FILE.pth\")";
const OTHER: &str = "load it with the library that wrote it, give its tensors the names of this network, \
    and save them with `safetensors`";
const LFS: &str = "run `git lfs pull` in its checkout";
const DOWNLOAD: &str = "download it again";

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A header of safetensors, or anything unknown.
    Safetensors,
    /// A ZIP archive, as PyTorch writes it since version 1.6.
    Archive,
    /// A pickle, as PyTorch wrote it before.
    Legacy,
}

/// A format that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Worded to follow "it is".
    pub name: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The format of a file that begins with `head`.
///
/// # Errors
/// It is one that is not read.
pub fn recognise(head: &[u8]) -> Result<Container, Format> {
    match head {
        // Eight bytes of length, then JSON.
        _ if head.get(8) == Some(&b'{') && head.get(7) == Some(&0) => Ok(Container::Safetensors),
        _ if head.starts_with(b"PK\x03\x04") => zip(head).map_or(Ok(Container::Archive), Err),
        // The opcode that every pickle of protocol 2 and later begins with.
        [0x80, 2..=5, ..] => Ok(Container::Legacy),
        _ => other(head).map_or(Ok(Container::Safetensors), Err),
    }
}

fn other(head: &[u8]) -> Option<Format> {
    let format = |name, remedy| Some(Format { name, remedy });
    let begins = |magic: &[u8]| head.starts_with(magic);
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    match head {
        [] => return format("an empty file", DOWNLOAD),
        _ if head.iter().all(|byte| *byte == 0) && head.len() > 8 => {
            return format("a file that begins with zeros only, as an unfinished download does", DOWNLOAD);
        }
        _ => {}
    }
    let binary: [(&[u8], &str, &str); 15] = [
        (b"\x1f\x8b", "compressed with gzip", "decompress it with `gunzip`, or download it again without compression"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it with `unzstd`"),
        (b"\xfd7zXZ\0", "compressed with xz", "decompress it with `unxz`"),
        (b"BZh", "compressed with bzip2", "decompress it with `bunzip2`"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and give the safetensors file in it"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes", OTHER),
        (b"GGUF", "a GGUF file of llama.cpp", OTHER),
        (b"\x93NUMPY", "a NumPy array", OTHER),
        (b"MATLAB 5.0 MAT-file", "a MATLAB file, as MatConvNet writes", OTHER),
        (b"\x08\x01\x12", "a SavedModel of TensorFlow", OTHER),
        (b"\x0a\x07AlexNet", "a Caffe model", OTHER),
        (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself", LFS),
        (b"version https://hawser.github.com/spec/", "a pointer of Git LFS, not the file itself", LFS),
        (
            b"/annex/objects/",
            "a pointer of git-annex, not the file itself",
            "run `git annex get` on it in its checkout",
        ),
        (b"%PDF-", "a PDF file", DOWNLOAD),
    ];
    if let Some((_, name, remedy)) = binary.iter().find(|(magic, ..)| begins(magic)) {
        return format(name, remedy);
    }
    let tag = |tags: &[u8], at: usize| head.get(at).is_some_and(|byte| tags.contains(byte));
    match head {
        // ModelProto of onnx.proto: ir_version, then the tag of any other field.
        [8, 1..=32, ..] if tag(&[0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42], 2) => format("an ONNX model", OTHER),
        // NetParameter of caffe.proto: a name, then the tag of `layers` (2), `input` (3) or `layer` (100).
        [10, length, ..] if tag(&[0x12, 0x1a, 0xa2], 2 + usize::from(*length)) => format("a Caffe model", OTHER),
        _ if head.get(4..8) == Some(b"TFL3") => format("a TensorFlow Lite model", OTHER),
        _ if head.get(257..262) == Some(b"ustar") => format(
            "a tar archive",
            "unpack it with `tar -xf` and give the file of weights in it; but if PyTorch wrote it, before 2017, save it anew: \
                 torch.save(torch.load(FILE, weights_only=False), \"FILE.pth\")",
        ),
        _ if ["<!doctype html", "<html"].iter().any(|start| text.starts_with(start)) => format(
            "a web page, not the file itself",
            "download it again: the address needs the link `download` or `resolve`, or a login",
        ),
        _ if text.starts_with("<?xml") => {
            format("an XML document, as servers send with an error", "open it to see the error, then download it again")
        }
        _ if text.starts_with('{') && text.contains("\"weight_map\"") => {
            format("the index of a model in several files", "give one safetensors file with all tensors")
        }
        _ if text.starts_with('{') => format(
            "a JSON document",
            "open it to see whether it is an error of a server, then download the weights again",
        ),
        _ => None,
    }
}

/// A ZIP archive is named by its first file: bytes 26 and 27 of a local header are the length of its name.
fn zip(head: &[u8]) -> Option<Format> {
    let length = head.get(26..28).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let name = head.get(30..).unwrap_or_default();
    match &*String::from_utf8_lossy(&name[..name.len().min(length)]) {
        name if name.ends_with(".npy") => Some(Format { name: "an .npz archive of NumPy", remedy: OTHER }),
        "metadata.json" | "config.json" => Some(Format { name: "a Keras model", remedy: OTHER }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8]) -> Option<&'static str> {
        recognise(head).err().map(|format| format.name)
    }

    /// The local header of a ZIP archive's first file.
    fn archive(first: &str) -> Vec<u8> {
        let mut head = b"PK\x03\x04".to_vec();
        head.resize(26, 0);
        head.extend_from_slice(&u16::try_from(first.len()).expect("a short name").to_le_bytes());
        head.extend_from_slice(&[0, 0]);
        head.extend_from_slice(first.as_bytes());
        head
    }

    #[test]
    fn a_safetensors_file_is_no_other_format_whatever_the_length_of_its_header() {
        // Lengths whose bytes are the magic numbers of gzip, pickle, ONNX and Caffe.
        for length in [0x0008_8b1f_u64, 0x0280, 0x1207_0108, 0x0012_010a, 0] {
            assert_eq!(name(&[&length.to_le_bytes()[..], b"{\"a\":1}"].concat()), None, "{length:x}");
        }
    }

    #[test]
    fn files_of_pytorch_are_recognised_whatever_their_first_entry_or_protocol() {
        for name in ["archive/data.pkl", "resnet18/.format_version", "m/data/0", ""] {
            assert_eq!(recognise(&archive(name)), Ok(Container::Archive), "{name}");
        }
        for head in [&b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M"[..], b"\x80\x04\x95\x1a\0\0\0\0\0\0\0}"] {
            assert_eq!(recognise(head), Ok(Container::Legacy), "{head:x?}");
        }
    }

    #[test]
    fn files_of_other_programs_are_called_by_their_names() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (head, word) in [
            (archive("arr_0.npy"), "NumPy"),
            (archive("metadata.json"), "Keras"),
            // A modification time of 0 makes the first eight bytes a plausible length.
            (b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab".to_vec(), "gzip"),
            (b"\x28\xb5\x2f\xfd\x04\x58\0\0\0".to_vec(), "zstd"),
            (b"\x89HDF\r\n\x1a\n\0\0".to_vec(), "HDF5"),
            (b"GGUF\x03\0\0\0\0\0".to_vec(), "GGUF"),
            (b"\x08\x07\x12\x07pytorch\x1a\x05".to_vec(), "ONNX"),
            (b"\x0a\x0cbvlc_alexnet\xa2\x06".to_vec(), "Caffe"),
            (b"\x0a\x09GoogleNet\x12\x05".to_vec(), "Caffe"),
            (b"\x08\x01\x12\xff\xff".to_vec(), "TensorFlow"),
            (b"\x1c\0\0\0TFL3\x14\0".to_vec(), "TensorFlow Lite"),
            (tar, "tar"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:".to_vec(), "Git LFS"),
            (b"/annex/objects/SHA256E-s9--1f".to_vec(), "git-annex"),
            (b"\xef\xbb\xbf\n<!DOCTYPE HTML><title>Sign in".to_vec(), "web page"),
            (b"<html><head>".to_vec(), "web page"),
            (b"<?xml version='1.0'?><Error><Code>AccessDenied".to_vec(), "XML"),
            (b"{\"error\":\"Repository not found\"}".to_vec(), "JSON"),
            (b"{\"metadata\":{},\"weight_map\":{".to_vec(), "several files"),
            (vec![0; 300], "zeros"),
            (vec![], "empty"),
        ] {
            assert!(name(&head).is_some_and(|name| name.contains(word)), "{word}: {:?}", name(&head));
        }
    }

    #[test]
    fn any_other_bytes_have_no_name_and_no_bytes_panic() {
        let mut state = 3_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let starts: [&[u8]; 5] = [b"", b"PK\x03\x04", b"\x80", b"\x0a", b"\x08"];
        for round in 0..2000 {
            let drawn: Vec<u8> = (0..round % 60).map(|_| draw()).collect();
            let _ = recognise(&[starts[round % 5], &drawn].concat());
        }
        assert_eq!(name(b"\x01\x02\x03"), None);
        assert_eq!(name(&[7; 64]), None);
    }
}
