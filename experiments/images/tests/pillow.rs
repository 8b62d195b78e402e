//! Pictures against Pillow 13 and torchvision 0.29: pixels of decoders, resized pictures and tensors. `tests/reference/make.py` made the
//! expectations.

use std::fs;
use std::path::PathBuf;

use images::crop::{Size, Window};
use images::decode::{DecodeError, decode};
use images::list::digest;
use images::preprocessing::PUBLISHED;
use images::resample::{Filter, resample};
use images::{Picture, Preprocessing};
use serde_json::Value;

fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference")).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&file(name)).expect("it parses")
}

fn number(value: &Value) -> u32 {
    value.as_u64().and_then(|value| value.try_into().ok()).expect("a number")
}

fn filter(value: &Value) -> Filter {
    if value == "bicubic" { Filter::Bicubic } else { Filter::Bilinear }
}

/// The picture by formula of the script.
fn pattern(width: u32, height: u32) -> Picture {
    let pixel = |x: u32, y: u32| {
        let checks = 200 * ((x / 16 + y / 16) % 2);
        [37 * x + 91 * y, x * x / 7 + 13 * y, x * y / 5 + checks].map(|value| (value % 256) as u8)
    };
    let bytes = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)));
    Picture::new(width, height, bytes.collect()).expect("a picture")
}

#[test]
fn resized_pictures_have_the_bytes_of_pillow() {
    let rows = json("expected.json")["resampled"].as_array().expect("rows").clone();
    assert!(rows.len() >= 60);
    for row in rows {
        let (width, height) = (number(&row[0]), number(&row[1]));
        let size = Size { width, height }.resized(number(&row[3])).expect("a size");
        assert_eq!((size.width, size.height), (number(&row[4]), number(&row[5])), "{row}");
        let whole = Window { x: 0, y: 0, size };
        let resized = resample(&pattern(width, height), size, filter(&row[2]), whole).expect("a picture");
        assert_eq!(digest(resized.bytes()), row[6], "{row}");
    }
}

#[test]
fn tensors_of_lossless_pictures_are_those_of_torchvision_to_the_bit() {
    let expected = json("expected.json")["png"].as_object().expect("files").clone();
    assert_eq!(expected.len(), 14);
    for (name, expected) in expected {
        let decoded = decode(&file(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(digest(decoded.picture.bytes()), expected["pixels"], "{name}");
        for row in expected["tensors"].as_array().expect("rows") {
            let (resize, crop, filter, expected) = (number(&row[0]), number(&row[1]), filter(&row[2]), &row[4]);
            let (mean, deviation) = match row[3] == true {
                true => ([0.5; 3], [0.5; 3]),
                false => ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            };
            let row = Preprocessing { resize, filter, crop, mean, deviation, ..PUBLISHED[0].clone() };
            let mut tensor = vec![f32::NAN; row.elements()];
            assert!(row.apply(&decoded.picture, &mut tensor));
            let bytes: Vec<u8> = tensor.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert_eq!(digest(&bytes), *expected, "{name} {row:?}");
        }
    }
}

#[test]
fn pixels_of_jpeg_differ_from_pillow_no_more_than_stated() {
    let names = json("expected.json")["jpeg"].as_array().expect("names").clone();
    assert_eq!(names.len(), 13);
    for name in names {
        let name = name.as_str().expect("a name");
        let decoded = decode(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded.lenient, None, "{name}");
        let pillow = decode(&file(&format!("{name}.png"))).expect("a picture").picture;
        assert_eq!((decoded.picture.width(), decoded.picture.height()), (pillow.width(), pillow.height()), "{name}");
        let pairs = decoded.picture.bytes().iter().zip(pillow.bytes());
        let largest = pairs.map(|(ours, theirs)| ours.abs_diff(*theirs)).max().expect("pixels");
        // Four components are decoded by zune-jpeg in any case.
        let bound = match name {
            "cmyk.jpg" | "cmyk-unmarked.jpg" => 1,
            "ycck.jpg" | "ycck-420.jpg" => 3,
            _ if cfg!(feature = "libjpeg") => 0,
            "grey.jpg" => 1,
            "444.jpg" | "rgb.jpg" => 3,
            _ => 6,
        };
        assert!(largest <= bound, "{name}: {largest}");
    }
}

/// What Pillow refuses is refused. Two of 126 changed files are refused that Pillow accepts: a run stops, and no score changes.
#[test]
fn damage_is_judged_as_by_pillow() {
    let rows = json("expected.json")["damage"].as_array().expect("rows").clone();
    let (mut cut, mut alike, mut others, mut lenient) = (0, 0, Vec::new(), 0);
    for row in &rows {
        let (mut bytes, at) = (file(row[0].as_str().expect("a name")), number(&row[2]) as usize);
        match row[1].as_str() {
            Some("cut") => bytes.truncate(at),
            Some("flip") => bytes[at] ^= 0x10,
            _ => drop(bytes.splice(at..at, 1..=7)),
        }
        let found = decode(&bytes);
        match (row[1] == "cut", &found) {
            (true, Err(DecodeError::Truncated)) => cut += 1,
            (true, _) => panic!("{row}: {found:?}"),
            (false, _) if found.is_ok() == row[3] => alike += 1,
            (false, Ok(_)) => panic!("{row}: Pillow refuses it"),
            (false, Err(_)) => others.push(format!("{row}: {found:?}")),
        }
        lenient += u32::from(found.is_ok_and(|decoded| decoded.lenient.is_some()));
    }
    assert_eq!(cut, 66);
    assert!(others.len() <= 2 && alike + others.len() + cut == rows.len(), "{others:#?}");
    assert!(lenient > 2, "{lenient}");
}

#[test]
fn the_preprocessing_of_torchvisions_weights_is_that_of_their_presets() {
    let presets = json("presets.json");
    let mut compared = 0;
    for row in PUBLISHED.iter().filter(|row| row.name.starts_with("torchvision/")) {
        let preset = &presets[row.name];
        assert_eq!((row.resize, row.crop), (number(&preset["resize"]), number(&preset["crop"])), "{}", row.name);
        assert_eq!(row.filter, filter(&preset["filter"]), "{}", row.name);
        let file = preset["file"].as_str().expect("a name");
        assert!(file.ends_with(&format!("-{}.pth", row.file)), "{}: {file}", row.name);
        // These two normalise their input again.
        if !row.name.contains("googlenet") && !row.name.contains("inception_v3") {
            let numbers = |name: &str| {
                preset[name]
                    .as_array()
                    .expect("three")
                    .iter()
                    .map(|v| v.as_f64().expect("a number") as f32)
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                (row.mean.to_vec(), row.deviation.to_vec()),
                (numbers("mean"), numbers("deviation")),
                "{}",
                row.name
            );
        }
        compared += 1;
    }
    assert_eq!(compared, 25);
}

#[test]
fn what_torchvision_would_see_otherwise_is_refused() {
    let refused = |bytes: &[u8]| decode(bytes).expect_err("it is refused");
    assert!(matches!(refused(&file("deep-grey.png")), DecodeError::Refused(text) if text.contains("16-bit grey")));
    let whole = file("420.jpg");
    let frame = whole.windows(2).position(|bytes| bytes == [0xff, 0xc0]).expect("a frame");
    let changed = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[frame + at] = value;
        bytes
    };
    if cfg!(not(feature = "libjpeg")) {
        // Brightness of 1x1 with colours of 1x1, one of them changed to 2x2.
        let mut coarse = changed(11, 0x11);
        coarse[frame + 14] = 0x22;
        assert!(matches!(refused(&coarse), DecodeError::Refused(text) if text.contains("coarsely")));
        // Arithmetic coding.
        assert!(matches!(refused(&changed(1, 0xc9)), DecodeError::Refused(text) if text.contains("arithmetic")));
    }
    let large = [&[0xff, 0xff][..], &[0xff, 0xff]].concat();
    let mut bytes = whole.clone();
    bytes[frame + 5..frame + 9].copy_from_slice(&large);
    assert!(matches!(refused(&bytes), DecodeError::Large { width: 65_535, height: 65_535 }));
    for (bytes, name) in [(&b""[..], "empty"), (b"GIF89a", "GIF"), (b"<html>", "web page"), (b"abc", "something else")]
    {
        assert!(refused(bytes).to_string().contains(name));
    }
}

/// Changed files, from a fixed seed: whatever they contain, they are decoded or refused.
#[test]
fn any_change_of_a_file_gives_a_picture_or_an_error() {
    let mut state = 9_u64;
    let mut below = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    for name in ["420.jpg", "progressive.jpg", "cmyk.jpg", "restarts.jpg", "rgb.png", "palette-alpha.png"] {
        let whole = file(name);
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                bytes[at] = below(256) as u8;
            }
            if below(4) == 0 {
                bytes.truncate(below(whole.len()).max(1));
            }
            let _ = decode(&bytes);
        }
    }
}
