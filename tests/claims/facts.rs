//! Facts of the claims on published records, where the verdicts are known.

use super::{EPYC, inputs};

#[test]
fn the_times_of_2016_fit_the_recounted_operations() {
    let facts = paper::facts::gather(&inputs(tests::recorded(EPYC), Vec::new()));
    let value =
        |name: &str| facts.values.get(name).unwrap_or_else(|| panic!("no fact {name}")).replace('\u{202f}', " ");
    assert_eq!(value("operations.recounted.2016"), "R² 0.94 → 0.97 at batch 1 and 0.95 → 0.97 at batch 16.");
    assert_eq!(
        value("operations.inception"),
        "By the line through the other networks without AlexNet, the 24.5 G-Op that we count for Inception-v4 take 134 ms at batch 1 and 107 ms \
         at batch 16, and the 18.4 G-Op that the original prints 105 ms and 83 ms; the measured times are 147.5 ms and 108.7 ms."
    );
    assert_eq!(value("operations.exponent.b1"), "0.87 (0.74 to 1.00)");
    assert_eq!(value("operations.exponent.2016"), "0.78 (0.61 to 0.95) and 0.92 (0.74 to 1.11)");
    assert_eq!(value("operations.line.b1.2016"), "5.00 ms per G-Op plus 16.3 ms (R² 0.94, BN-NIN lies 52 % below it)");
    assert_eq!(
        value("operations.line.b16.2016"),
        "4.14 ms per G-Op plus 8.63 ms (R² 0.95, AlexNet lies 58 % below it)"
    );
    assert_eq!(value("operations.line.b1"), "6.11 ms per G-Op plus 4.99 ms (R² 0.99, AlexNet lies 30 % above it)");
    assert_eq!(value("operations.line.b16"), "5.81 ms per G-Op plus 2.69 ms (R² 1.00, BN-AlexNet lies 23 % below it)");
    let row = |table: &str, first: &str| facts.tables[table].rows.iter().find(|row| row[0] == first).cloned();
    let cells = |row: Option<Vec<String>>| row.expect("a row")[1..].join(" ");
    assert_eq!(cells(row("prediction", "BN-NIN")), "+31 +18");
    assert_eq!(cells(row("equal-operations", "ResNet-18 / GoogLeNet")), "1.15 1.08 1.00");
    assert_eq!(cells(row("equal-operations", "Inception-v4 / ResNet-152")), "1.06 1.12 1.03");
    assert_eq!(cells(row("gains", "AlexNet")), "2.04 2.45");
    // R² and ΔAICc of numpy.polyfit on 1/t, 1/√t and log t, here and in 2016.
    let rivals = |model: &str, batch: &str| {
        let rows = &facts.tables["rivals"].rows;
        rows.iter().find(|row| row[0] == model && row[1] == batch).expect("a row")[2..].join(" ")
    };
    assert_eq!(rivals("1/t", "1"), "0.63 2.0 0.82 0.8");
    assert_eq!(rivals("1/√t", "1"), "0.69 0.2 0.83 0.0");
    assert_eq!(rivals("log t", "1"), "0.69 0.0 0.79 2.4");
    assert_eq!(rivals("1/t", "16"), "0.91 0.4 0.98 0.0");
    assert_eq!(rivals("log t", "16"), "0.86 5.7 0.91 17.8");
    assert!(
        value("memory.hinge.2016").contains("5.0 × 10³ MB² against 33.4 × 10³ MB²"),
        "{}",
        value("memory.hinge.2016")
    );
}

#[test]
fn excluding_flagged_points_changes_only_some_numbers() {
    let facts = paper::facts::gather(&inputs(tests::recorded(EPYC), Vec::new()));
    let rows = &facts.tables["sensitivity"].rows;
    assert!(rows.iter().all(|row| !["C8", "C9", "C10"].contains(&row[0].as_str())));
    let differing = rows.iter().filter(|row| row[2] != row[3]).count();
    assert!(differing > 0 && differing < rows.len(), "{rows:?}");
}
