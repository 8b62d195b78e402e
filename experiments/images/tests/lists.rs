//! `images.toml` on real folders: both layouts, and what is refused.

use std::fs;
use std::path::PathBuf;

use images::Images;
use images::list::{Entry, Identity, digest};

/// A folder with `images.toml` and these files.
fn folder(declaration: &str, files: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, file).expect("a writable folder");
    }
    let path = folder.path().join("images.toml");
    fs::write(&path, declaration).expect("a writable folder");
    (folder, path)
}

fn error(declaration: &str, files: &[&str]) -> String {
    let (_folder, path) = folder(declaration, files);
    let error = Images::read(&path).expect_err(declaration).to_string();
    let (_, hint) = error.split_once("\nhint: ").expect("a hint");
    assert!(hint.lines().count() == 1, "{error}");
    error
}

#[test]
fn folders_are_named_by_wordnet_ids() {
    let files = ["val/n01484850/b.JPEG", "val/n01440764/c.JPEG", "val/n01440764/.DS_Store", "val/.cache"];
    let (_folder, path) = folder("name = \"two\"\nfolder = \"val\"", &files);
    let images = Images::read(&path).expect("a list");
    let of = |path: &str, class| Entry { path: path.to_owned(), class };
    assert_eq!(images.entries, [of("n01440764/c.JPEG", 0), of("n01484850/b.JPEG", 2)]);
    assert_eq!(fs::read(images.file(&images.entries[1])).expect("a file"), b"val/n01484850/b.JPEG");
}

#[test]
fn labels_give_the_classes_of_a_flat_folder() {
    let declaration = "name = \"two\"\nfolder = \"val\"\nlabels = \"labels.csv\"";
    let (folder, path) = folder(declaration, &["val/a.jpg", "val/b.jpg", "labels.csv"]);
    fs::write(folder.path().join("labels.csv"), "b.jpg,7\na.jpg,n01440764\n").expect("a writable folder");
    let images = Images::read(&path).expect("a list");
    let of = |path: &str, class| Entry { path: path.to_owned(), class };
    assert_eq!(images.entries, [of("a.jpg", 0), of("b.jpg", 7)]);
    fs::write(folder.path().join("labels.csv"), "b.jpg,7\nb.jpg,8\n").expect("a writable folder");
    assert!(Images::read(&path).expect_err("twice").to_string().contains("`b.jpg` has two lines"));
}

#[test]
fn what_cannot_be_a_data_set_is_refused_with_place_and_remedy() {
    let declared = "name = \"x\"\nfolder = \"val\"";
    assert!(error(declared, &[]).contains("there is no folder"));
    assert!(error(declared, &["val/.x"]).contains("there are no pictures"));
    assert!(error(declared, &["val/ILSVRC2012_val_00000001.JPEG"]).contains("in no folder of a class"));
    assert!(error(declared, &["val/cats/a.jpg"]).contains("`cats` is no WordNet id"));
    assert!(error(declared, &["val/n01440764/x/a.jpg"]).contains("is a folder in the folder of a class"));
    assert!(error("name = \"x\"", &[]).contains("missing field `folder`"));
    assert!(error("name = \"x\"\nfolder = \".\"\nlabel = \"x\"", &[]).contains("unknown field `label`"));
    assert!(error(&format!("{declared}\nlabels = \"no.csv\""), &["val/a.jpg"]).contains("no.csv: No such file"));
    assert!(error(&"#".repeat(70_000), &[]).contains("more than 65536 bytes"));
}

#[test]
fn an_identity_depends_on_content_class_and_path() {
    let of = |content: &[u8], path: &str, class| {
        let mut identity = Identity::default();
        identity.add(&digest(content), &Entry { path: path.to_owned(), class });
        identity.finish()
    };
    let one = of(b"abc", "a.jpg", 1);
    // Of the line `ba7816bf…15ad 1 a.jpg`, by sha256sum.
    assert_eq!(one, "d5e6f0ead06cf411dbcf16e9d57595f8a28ea451ee413a07dca32937a35292d0");
    for other in [of(b"abd", "a.jpg", 1), of(b"abc", "b.jpg", 1), of(b"abc", "a.jpg", 2)] {
        assert_ne!(one, other);
    }
}
