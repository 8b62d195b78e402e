//! Files built byte by byte: pickles, PyTorch's archives and legacy files, safetensors.

/// Text in a pickle.
pub fn text(text: &str) -> Vec<u8> {
    [&b"X"[..], &u32::try_from(text.len()).expect("a short text").to_le_bytes(), text.as_bytes()].concat()
}

/// A number in a pickle.
pub fn int(value: i64) -> Vec<u8> {
    [&b"\x8a\x08"[..], &value.to_le_bytes()].concat()
}

/// A name of Python in a pickle.
pub fn name(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// A tuple in a pickle.
pub fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [&b"("[..], &items.concat(), b"t"].concat()
}

/// A dictionary in a pickle.
pub fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items = items.iter().map(|(key, value)| [text(key), value.clone()].concat());
    [&b"}("[..], &items.collect::<Vec<_>>().concat(), b"u"].concat()
}

/// A whole pickle of one value.
pub fn pickle(value: &[u8]) -> Vec<u8> {
    [b"\x80\x02", value, b"."].concat()
}

/// A tensor in a pickle.
#[derive(Clone)]
pub struct Tensor<'a> {
    /// The class of its storage.
    pub class: &'a str,
    /// The storage.
    pub key: &'a str,
    /// Elements of the storage.
    pub elements: i64,
    /// Its first element.
    pub offset: i64,
    /// Its sizes.
    pub shape: &'a [i64],
    /// Its strides.
    pub strides: &'a [i64],
}

/// Two floats of a storage of two.
pub const PAIR: Tensor<'static> =
    Tensor { class: "FloatStorage", key: "0", elements: 2, offset: 0, shape: &[2], strides: &[1] };

impl Tensor<'_> {
    /// Its opcodes.
    pub fn pickled(&self) -> Vec<u8> {
        let sizes = |sizes: &[i64]| tuple(&sizes.iter().map(|size| int(*size)).collect::<Vec<_>>());
        let storage = [text("storage"), name("torch", self.class), text(self.key), text("cpu"), int(self.elements)];
        let storage = [tuple(&storage), b"Q".to_vec()].concat();
        let arguments =
            [storage, int(self.offset), sizes(self.shape), sizes(self.strides), b"\x89".to_vec(), b"N".to_vec()];
        [name("torch._utils", "_rebuild_tensor_v2"), tuple(&arguments), b"R".to_vec()].concat()
    }
}

/// An entry of an archive.
#[derive(Clone)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its bytes in the file.
    pub packed: Vec<u8>,
    /// Its declared length.
    pub bytes: u32,
    /// Its declared checksum.
    pub checksum: u32,
    /// 0 for plain, 8 for deflated.
    pub method: u16,
}

/// An entry as it is.
pub fn plain(name: &'static str, content: &[u8]) -> Entry {
    let bytes = u32::try_from(content.len()).expect("a short entry");
    Entry { name, packed: content.to_vec(), bytes, checksum: 0, method: 0 }
}

/// A ZIP archive. The entry with number `moved.0` gets the place of number `moved.1`.
pub fn archive(entries: &[Entry], moved: Option<(usize, usize)>) -> Vec<u8> {
    let (mut file, mut places) = (Vec::new(), Vec::new());
    let short = |value: usize| u16::try_from(value).expect("a short value").to_le_bytes();
    let long = |value: usize| u32::try_from(value).expect("a small file").to_le_bytes();
    let common = |entry: &Entry| {
        let lengths = [entry.checksum.to_le_bytes(), long(entry.packed.len()), entry.bytes.to_le_bytes()].concat();
        [&entry.method.to_le_bytes()[..], &[0; 4], &lengths, &short(entry.name.len()), &[0; 2]].concat()
    };
    for entry in entries {
        places.push(file.len());
        file.extend([&b"PK\x03\x04\x14\0\0\0"[..], &common(entry), entry.name.as_bytes(), &entry.packed].concat());
    }
    if let Some((entry, to)) = moved {
        places[entry] = places[to];
    }
    let start = file.len();
    for (entry, place) in entries.iter().zip(places) {
        let head = [&b"PK\x01\x02\x14\0\x14\0\0\0"[..], &common(entry), &[0; 10], &long(place), entry.name.as_bytes()];
        file.extend(head.concat());
    }
    let (count, length) = (short(entries.len()), long(file.len() - start));
    file.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &length, &long(start), &[0; 2]].concat());
    file
}

/// A file of PyTorch with this state and the storage `0` of two floats.
pub fn zip(state: &[u8]) -> Vec<u8> {
    archive(&[plain("a/data.pkl", &pickle(state)), plain("a/data/0", &[0; 8])], None)
}

/// A legacy file of PyTorch with this state, and these storages: names, numbers of elements, bytes.
pub fn legacy(state: &[u8], storages: &[(&str, u64, &[u8])]) -> Vec<u8> {
    let magic = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    let system = dict(&[("little_endian", b"\x88".to_vec())]);
    let keys = [&b"]("[..], &storages.iter().map(|(key, ..)| text(key)).collect::<Vec<_>>().concat(), b"e"].concat();
    let mut file = [pickle(magic), pickle(&int(1001)), pickle(&system), pickle(state), pickle(&keys)].concat();
    for (_, elements, bytes) in storages {
        file.extend([&elements.to_le_bytes()[..], bytes].concat());
    }
    file
}

/// A safetensors file with this header and eight bytes of tensors.
pub fn safetensors(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat()
}
