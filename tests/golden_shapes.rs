//! The layers of every network as a readable table in a file. `UPDATE_GOLDEN=1` writes the files again.

use std::fs;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    tests::root().join("tests/golden/shapes").join(format!("{name}.txt"))
}

#[test]
fn every_layer_has_the_shape_in_its_golden_file() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    for network in networks::all().into_iter().chain(networks::modern()) {
        let table = networks::table(&network, &networks::shapes(&network).expect("it fits"));
        let path = golden(network.name);
        if update {
            fs::write(&path, &table).expect("a writable checkout");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let lines = expected.lines().zip(table.lines()).position(|(expected, line)| expected != line);
        let line = lines.unwrap_or_else(|| expected.lines().count().min(table.lines().count()));
        assert!(
            expected == table,
            "{} differs from line {}:\n expected {:?}\n but is   {:?}\nhint: UPDATE_GOLDEN=1 cargo test -p tests \
             --test golden_shapes",
            path.display(),
            line + 1,
            expected.lines().nth(line),
            table.lines().nth(line),
        );
    }
}
