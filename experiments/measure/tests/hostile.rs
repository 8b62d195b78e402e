//! Files of weights that are corrupt or made to harm: each is refused with an error that names tensor or byte, in little memory. All of
//! them go through the program `measure tensors`, whose address space is limited.

#[path = "hostile/files.rs"]
mod files;

use std::fs;
use std::io::Write;
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use files::{Entry, PAIR, Tensor, archive, dict, int, legacy, name, pickle, plain, safetensors, text, tuple, zip};

/// Address space of the program [KiB]. The program alone needs about a tenth.
const LIMIT: &str = "600000";

/// The standard output and error of the program for a file with these bytes.
fn run(bytes: &[u8]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weights.pth");
    fs::write(&path, bytes).expect("a writable folder");
    let script = format!("ulimit -v {LIMIT} && exec \"$0\" tensors \"$1\"");
    let output =
        Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_measure")]).arg(path).output().expect("sh");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Checks that a file is refused with an error that has these words.
fn refused(bytes: &[u8], words: &str) {
    let (code, _, error) = run(bytes);
    assert!(code == Some(1) && error.starts_with("error: cannot read "), "{code:?}: {error}");
    assert!(error.contains(words), "expected `{words}`: {error}");
    assert_eq!(error.lines().filter(|line| line.starts_with("hint: ")).count(), 1, "{error}");
    assert!(error.len() < 1500, "{error}");
}

/// A state dict of one tensor in an archive.
fn one(tensor: &Tensor) -> Vec<u8> {
    zip(&dict(&[("w", tensor.pickled())]))
}

fn deflated(name: &'static str, content: &[u8], claimed: u32) -> Entry {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("it is in memory");
    let packed = encoder.finish().expect("it is in memory");
    let mut crc = flate2::Crc::new();
    crc.update(content);
    Entry { name, packed, bytes: claimed, checksum: crc.sum(), method: 8 }
}

#[test]
fn the_builders_make_files_that_open() {
    let state = dict(&[("w", PAIR.pickled())]);
    let zeros = deflated("a/data/0", &[0; 8], 8);
    for bytes in [
        zip(&state),
        legacy(&state, &[("0", 2, &[0; 8])]),
        archive(&[plain("a/data.pkl", &pickle(&state)), zeros], None),
        safetensors(r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
    ] {
        // SHA-256 of eight zeros.
        let digest = "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc";
        assert_eq!(run(&bytes), (Some(0), format!("w F32 [2] {digest}\n"), String::new()));
    }
}

/// Text and dictionaries as Python 2 pickled them, `_rebuild_tensor`, `torch.Size`, and a storage that is a part of another.
#[test]
fn a_file_of_2017_opens() {
    let old = |text: &str| [&[b'U', u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    let part = tuple(&[old("view"), int(1), int(3)]);
    let identifier = tuple(&[old("storage"), name("torch", "FloatStorage"), old("7"), old("cpu"), int(4), part]);
    let size = [name("torch", "Size"), tuple(&[tuple(&[int(1)])]), b"R".to_vec()].concat();
    let arguments = tuple(&[[identifier, b"Q".to_vec()].concat(), int(1), size, tuple(&[int(1)])]);
    let tensor = [name("torch._utils", "_rebuild_tensor"), arguments, b"R".to_vec()].concat();
    let pair = [b"](".to_vec(), old("w"), tensor, b"e".to_vec()].concat();
    let pairs = [b"](".to_vec(), pair, b"e".to_vec()].concat();
    let state = [name("collections", "OrderedDict"), tuple(&[pairs]), b"R".to_vec()].concat();
    let floats: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let digest = results::digest::of(&3.0_f32.to_le_bytes());
    let listed = run(&legacy(&state, &[("7", 4, &floats)]));
    assert_eq!(listed, (Some(0), format!("w F32 [1] {digest}\n"), String::new()));
}

#[test]
fn a_pickle_that_calls_things_is_refused_by_name_and_executes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let proof = folder.path().join("executed");
    let call = |module: &str, function: &str| {
        let argument = text(&format!("__import__('os').mkdir('{}')", proof.display()));
        [name(module, function), tuple(&[argument]), b"R".to_vec()].concat()
    };
    for (module, function) in [
        ("builtins", "eval"),
        ("__builtin__", "exec"),
        ("os", "mkdir"),
        ("posix", "mkdir"),
        ("torch.serialization", "load"),
        ("torch", "load"),
        ("torch.nn.modules.linear", "Linear"),
    ] {
        let words = format!(
            "refers to `{}`",
            if module == "__builtin__" { "__builtin__.exec".to_owned() } else { format!("{module}.{function}") }
        );
        // Also where its value would be dropped, and in every pickle of a legacy file.
        let dropped = [call(module, function), b"0".to_vec(), dict(&[("w", PAIR.pickled())])].concat();
        refused(&zip(&dict(&[("w", call(module, function))])), &words);
        refused(&zip(&dropped), &words);
        refused(&legacy(&dropped, &[("0", 2, &[0; 8])]), &words);
        refused(&pickle(&call(module, function)), &format!("byte 2 of its pickle {words}"));
    }
    let by_stack = [text("builtins"), text("eval"), b"\x93".to_vec(), tuple(&[text("1")]), b"R".to_vec()].concat();
    refused(&zip(&by_stack), "byte 24 of its pickle refers to `builtins.eval`");
    // A name cannot fill the screen, nor change its colour.
    refused(&zip(&name(&"\x1b[31m".repeat(1000), "x")), "`\\u{1b}[31m");
    for opcodes in [&b"(X\x01\0\0\0xios\nsystem\n"[..], b"\x82\x01", b"Pid\n", b"\x97"] {
        refused(&zip(opcodes), "which no state dict needs");
    }
    assert!(!proof.exists());
}

#[test]
fn a_pickle_that_contradicts_itself_is_refused_with_the_byte() {
    for (opcodes, words) in [
        (&b"0"[..], "byte 2 of its pickle: a value is missing"),
        (b"", "byte 2 of its pickle: a value is missing"),
        (b"t", "byte 2 of its pickle: a mark is missing"),
        (b"h\x07", "byte 2 of its pickle: there is no value 7"),
        (b"NNs", "the stack is empty"),
        (b"}(Nu", "a key without a value"),
        (b"N]a", "items for a value that is no list"),
        (b"N)R", "a call of a value that is no function"),
        (b"X\xff\xff\xff\x7f", "byte 2 of its pickle: it continues behind the end"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "it continues behind the end"),
        (b"X\x01\0\0\0\xff", "text that is not UTF-8"),
        (b"NQ", "a tuple or list is missing"),
        (b"N", "its pickle is no dictionary"),
        (b"}", "its dictionary has no tensors"),
    ] {
        refused(&zip(opcodes), words);
    }
    let module = tuple(&[text("module"), text("net"), text("source"), text("class Net: pass")]);
    refused(&zip(&[module, b"Q".to_vec()].concat()), "the source code of a module");
}

#[test]
fn a_tensor_that_reaches_beyond_its_storage_is_named() {
    let long = [1; 17];
    for (tensor, words) in [
        (Tensor { offset: 1, ..PAIR }, "tensor `w`: it reaches to byte 12 of a storage of 8 bytes"),
        (Tensor { shape: &[3], ..PAIR }, "tensor `w`: it reaches to byte 12 of a storage of 8 bytes"),
        (Tensor { strides: &[2], ..PAIR }, "tensor `w`: it reaches to byte 12 of a storage of 8 bytes"),
        (Tensor { offset: 3, shape: &[0], ..PAIR }, "tensor `w`: it reaches to byte 12 of a storage of 8 bytes"),
        (Tensor { elements: 3, ..PAIR }, "tensor `w`: 3 elements of type F32 in its storage `0` of 8 bytes"),
        (Tensor { class: "DoubleStorage", ..PAIR }, "tensor `w`: 2 elements of type F64 in its storage `0` of 8 bytes"),
        (Tensor { strides: &[1, 1], ..PAIR }, "tensor `w`: it has 1 sizes, but 2 strides"),
        (Tensor { shape: &[1 << 62, 1 << 62], strides: &[0, 0], ..PAIR }, "tensor `w`: its sizes are too large"),
        (
            Tensor { shape: &[1 << 40], strides: &[0], ..PAIR },
            "tensor `w`: its 4398046511104 bytes are views of 4 bytes",
        ),
        (Tensor { shape: &[-1], ..PAIR }, "-1 for a number or size"),
        (Tensor { offset: -1, ..PAIR }, "-1 for a number or size"),
        (Tensor { shape: &long, strides: &long, ..PAIR }, "a tensor of 17 dimensions"),
        (Tensor { key: "1", ..PAIR }, "a/data/1 of its ZIP archive: it is missing"),
        (Tensor { key: "../../x", ..PAIR }, "a/data/../../x of its ZIP archive: it is missing"),
        (Tensor { class: "QInt8Storage", ..PAIR }, "refers to `torch.QInt8Storage`"),
    ] {
        refused(&one(&tensor), words);
    }
}

#[test]
fn a_small_file_cannot_claim_much_memory() {
    let state = pickle(&dict(&[("w", PAIR.pickled())]));
    let zeros = vec![0; 20 << 20];
    // A pickle of 20 MiB, and a tensor of 4 GB, in a few kilobytes.
    let large = deflated("a/data.pkl", &zeros, 20 << 20);
    refused(
        &archive(&[large.clone(), plain("a/data/0", &[0; 8])], None),
        "it has 20971520 bytes; at most 16777216 are read",
    );
    refused(
        &archive(&[plain("a/data.pkl", &state), deflated("a/data/0", &zeros, u32::MAX - 1)], None),
        "it claims 4294967294 bytes",
    );
    refused(
        &archive(&[plain("a/data.pkl", &state), deflated("a/data/0", &[0; 8], 1 << 20)], None),
        "it claims 1048576 bytes",
    );
    // More than it claims: the rest is not inflated.
    let more = archive(&[plain("a/data.pkl", &state), deflated("a/data/0", &zeros, 8)], None);
    refused(&more, "tensor `w`: it is longer than the declared 8 bytes");
    // Nested tuples, and marks.
    refused(&zip(&[b")".to_vec(), vec![0x85; 500_000]].concat()), "its pickle is no dictionary");
    refused(&zip(&vec![b'('; 2_000_000]), "more than 1048576 values");
    // Each value twice the one before.
    let doubled =
        (0..200_u8).flat_map(|level| [vec![b'q', level], vec![b'0', b'h', level, b'h', level, 0x86]].concat());
    refused(&zip(&[b")".to_vec(), doubled.collect()].concat()), "its pickle is no dictionary");
    let keys: Vec<u8> = (0..50_u8).flat_map(|key| [text(&key.to_string()), b"h\0".to_vec()].concat()).collect();
    let nested: Vec<u8> = (0..7).flat_map(|_| [&b"q\x000}("[..], &keys, b"u"].concat()).collect();
    refused(&zip(&[&b"}"[..], &nested].concat()), "it has more than 131072 values");
    // One list of pairs, and many dictionaries of it.
    let pairs = [&b"]q\x00("[..], &b"NN\x86".repeat(20_000), b"e0"].concat();
    let class = [name("collections", "OrderedDict"), b"q\x010".to_vec()].concat();
    let dicts = [pairs, class, b"h\x01h\x00\x85R0".repeat(1000)].concat();
    refused(&zip(&dicts), "more than 1048576 values");
    // A name of a storage that every reference would copy.
    refused(&one(&Tensor { key: &"k".repeat(1 << 20), ..PAIR }), "a storage without a name");
    // A dictionary in itself.
    let itself = [&b"}q\x00"[..], &text("a"), b"h\x00s"].concat();
    refused(&zip(&itself), "nested deeper than 8");
}

#[test]
fn an_archive_that_contradicts_itself_is_refused_with_the_entry() {
    let state = dict(&[("w", PAIR.pickled()), ("v", Tensor { key: "1", ..PAIR }.pickled())]);
    let entries = [plain("a/data.pkl", &pickle(&state)), plain("a/data/0", &[0; 8]), plain("a/data/1", &[0; 8])];
    let changed = |change: fn(&mut [Entry; 3])| {
        let mut entries = entries.clone();
        change(&mut entries);
        archive(&entries, None)
    };
    refused(&archive(&entries, Some((2, 1))), "data/1 of its ZIP archive: it overlaps with `data/0`");
    refused(&changed(|entries| entries[2].name = "a/data/0"), "a/data/0 of its ZIP archive: it is there twice");
    refused(&changed(|entries| entries[2].name = "b/data.pkl"), "there are 2 entries `data.pkl`, expected one");
    refused(&changed(|entries| entries[0].name = "a/other.pkl"), "there are 0 entries `data.pkl`, expected one");
    refused(&changed(|entries| entries[1].method = 12), "it is compressed by method 12");
    refused(&changed(|entries| entries[1].bytes = 16), "it has 16 bytes, but 8 in the file");
    refused(&changed(|entries| entries[1].checksum = 1), "tensor `w`: its checksum is ");
    let order = plain("a/byteorder", b"big");
    refused(
        &archive(&[&entries[..], &[order]].concat(), None),
        "a/byteorder of its ZIP archive: its numbers are big-endian",
    );
    let whole = archive(&entries, None);
    let mut moved = whole.clone();
    // The offset of the directory.
    let at = moved.len() - 6;
    moved[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(&moved, "the directory of its ZIP archive: it reaches beyond the end of the file");
    refused(&whole[..whole.len() - 1], "it is not at the end of the file: the file is truncated");
}

#[test]
fn a_legacy_file_that_contradicts_itself_is_refused() {
    let state = dict(&[("w", PAIR.pickled())]);
    let two: &[(&str, u64, &[u8])] = &[("0", 2, &[0; 8]), ("1", 2, &[0; 8])];
    let same: &[(&str, u64, &[u8])] = &[("0", 2, &[0; 8]), ("0", 2, &[0; 8])];
    for (bytes, words) in [
        (legacy(&state, &[("0", 3, &[0; 12])]), "storage `0` has 2 elements, but 3 at byte"),
        (legacy(&state, &[("0", 2, &[0; 7])]), "storage `0` of 2 elements reaches beyond the end of the file"),
        (legacy(&state, &[("0", 2, &[0; 9])]), "but its list of storages describes"),
        (legacy(&state, &[]), "tensor `w`: its storage `0` is missing in the file"),
        (legacy(&state, two), "storage `1` belongs to no tensor"),
        (legacy(&state, same), "storage `0` is there twice"),
        (pickle(&int(5)), "byte 0 of its pickle: it does not begin with PyTorch's magic number"),
    ] {
        refused(&bytes, words);
    }
    let whole = legacy(&state, &[("0", 2, &[0; 8])]);
    let at = whole.windows(2).position(|pair| pair == b"\x88u").expect("the order of bytes");
    refused(&[&whole[..at], b"\x89", &whole[at + 1..]].concat(), "its numbers are big-endian");
}

#[test]
fn two_tensors_of_one_name_are_refused() {
    let pair = || PAIR.pickled();
    let entry = |name: &str, from: usize| {
        format!(r#""{name}":{{"dtype":"F32","shape":[1],"data_offsets":[{from},{}]}}"#, from + 4)
    };
    refused(&safetensors(&format!("{{{},{}}}", entry("w", 0), entry("w", 4))), "tensor `w` is there twice");
    refused(&safetensors(&format!("{{{},{}}}", entry("w", 0), entry("\\u0077", 4))), "tensor `w` is there twice");
    let twice = "tensor `a.b` is there twice";
    refused(&zip(&dict(&[("a", dict(&[("b", pair())])), ("a.b", pair())])), twice);
    refused(&zip(&dict(&[("a.b", pair()), ("a.b", pair())])), twice);
    let layer = "features.denselayer1.norm";
    let both = dict(&[(&format!("{layer}.1.weight"), pair()), (&format!("{layer}1.weight"), pair())]);
    refused(&zip(&both), &format!("tensor `{layer}1.weight` is there twice"));
    let both = dict(&[("state_dict", dict(&[("w", pair())])), ("model", dict(&[("w", pair())]))]);
    refused(&zip(&both), "it has both `state_dict` and `model`");
}

#[test]
fn offsets_of_safetensors_that_overlap_or_leave_the_file_are_refused() {
    for (offsets, words) in [
        ("[[0,4],[2,6]]", "its header cannot be read"),
        ("[[0,4],[0,4]]", "its header cannot be read"),
        ("[[0,4],[8,12]]", "its header cannot be read"),
        ("[[4,8],[8,12]]", "its header cannot be read"),
        ("[[0,8],[8,12]]", "its header cannot be read"),
    ] {
        let [first, second]: [[usize; 2]; 2] = serde_json::from_str(offsets).expect("two ranges");
        let entry = |name: &str, range| format!(r#""{name}":{{"dtype":"F32","shape":[1],"data_offsets":{range:?}}}"#);
        refused(&safetensors(&format!("{{{},{}}}", entry("a", first), entry("b", second))), words);
    }
    let beyond = r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#;
    refused(&safetensors(beyond), "but its header describes");
}
