//! Invariants of ARCHITECTURE.md that a compiler does not check: forbidden dependencies and words, and the form of
//! files.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use walkdir::WalkDir;

/// The files of the checkout below `folder` with this extension: relative path and text.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let root = tests::root();
    let generated = |name: &str| matches!(name, "target" | ".git" | ".store" | "output");
    let entries = WalkDir::new(root.join(folder)).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| !generated(&entry.file_name().to_string_lossy()));
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.expect("a readable folder");
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|own| own == extension) {
            let name = entry.path().strip_prefix(&root).expect("a path in the checkout").display().to_string();
            files.push((name, fs::read_to_string(entry.path()).expect("a text")));
        }
    }
    assert!(!files.is_empty(), "{folder} has no .{extension}");
    files
}

/// The lines of code of a source, without comments and unit tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]") && !line.starts_with("mod tests"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn every_source_states_its_purpose_and_stays_small() {
    const MAX_LINES: usize = 400;
    for (name, text) in files("", "rs") {
        assert!(text.starts_with("//!"), "{name} does not open with `//!`");
        assert!(text.lines().count() <= MAX_LINES, "{name} has more than {MAX_LINES} lines");
    }
}

/// The crates that a package is built from, including itself.
fn dependencies(package: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--offline", "--locked"])
        .current_dir(tests::root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_driver_depends_on_no_tensor_plot_or_typesetting() {
    let names = dependencies("xtask");
    assert!(names.contains("networks") && names.contains("sha2"), "{names:?}");
    for heavy in ["burn", "wgpu", "plotters", "typst"] {
        assert!(!names.iter().any(|name| name.starts_with(heavy)), "{heavy}: {names:?}");
    }
}

#[test]
fn the_engine_does_not_mention_the_subject_of_a_paper() {
    for (name, text) in files("offprint/src", "rs") {
        // Unit tests may have an argument `--batch`, and Slurm's program is called sbatch.
        let text = code(&text).collect::<Vec<_>>().join("\n").to_lowercase().replace("sbatch", "");
        for word in ["network", "batch", "claim", "burn", "typst", "plotters"] {
            assert!(!text.contains(word), "{name} mentions `{word}`");
        }
    }
}

#[test]
fn the_engine_depends_on_no_member_of_the_workspace_and_on_few_crates() {
    // The number of crates that the engine may depend on.
    const MAX_CRATES: usize = 64;
    let names = dependencies("offprint");
    let members = [
        "graphics",
        "images",
        "kernels",
        "networks",
        "results",
        "onnx",
        "measure",
        "figures",
        "paper",
        "xtask",
        "offprint-plot",
        "offprint-typeset",
    ];
    assert!(names.contains("clap") && members.iter().all(|member| !names.contains(*member)), "{names:?}");
    assert!(names.len() <= MAX_CRATES, "{} crates: {names:?}", names.len());
}

/// The packages that the manifest `file` leaves without optimisation.
fn not_optimised(file: &str) -> BTreeSet<String> {
    let lines = offprint::manifest::table(&tests::root(), file, &["profile", "dev", "package"]).expect("a profile");
    lines.lines().filter_map(|line| line.strip_suffix(".opt-level = 0")).map(str::to_owned).collect()
}

#[test]
fn what_a_measured_program_uses_is_optimised() {
    let packages = not_optimised("Cargo.toml");
    let used = dependencies("measure");
    assert!(packages.contains("krilla") && used.contains("burn"), "{packages:?} {used:?}");
    assert!(packages.is_disjoint(&used), "{:?}", packages.intersection(&used).collect::<Vec<_>>());
}

#[test]
fn the_typesetter_is_built_alike_in_both_papers() {
    assert_eq!(not_optimised("Cargo.toml"), not_optimised("examples/sorting/Cargo.toml"));
}

#[test]
fn plots_and_typesetting_do_not_mention_this_paper_and_depend_on_no_member_of_the_workspace() {
    // Typesetting finds claims by their names.
    for (folder, claim) in [("offprint/plot", Some("claim")), ("offprint/typeset", None)] {
        for (name, text) in files(folder, "rs") {
            let text = text.to_lowercase();
            for word in ["network", "batch", "imagenet"].into_iter().chain(claim) {
                assert!(!text.contains(word), "{name} mentions `{word}`");
            }
        }
        let manifest = fs::read_to_string(tests::root().join(folder).join("Cargo.toml")).expect("a manifest");
        let depends = manifest.lines().any(|line| line.contains("path = \"..") || line.contains("workspace"));
        assert!(!depends, "{manifest}");
    }
}

#[test]
fn networks_and_results_use_no_device_and_access_files_in_one_module_each() {
    for folder in ["experiments/networks/src", "experiments/results/src"] {
        for (name, text) in files(folder, "rs") {
            assert!(
                !code(&text).any(|line| line.contains("burn::") || line.contains("std::process::Command")),
                "{name}"
            );
            let may = ["main.rs", "json.rs", "reference.rs", "records.rs", "digest.rs", "layers/reading.rs"]
                .iter()
                .any(|file| name.ends_with(file));
            assert!(may || !code(&text).any(|line| line.contains("fs::")), "{name} touches files");
        }
    }
}

#[test]
fn a_record_has_samples_but_no_statistics() {
    let path = tests::root().join("experiments/results/src/record.rs");
    let text = fs::read_to_string(path).expect("a source");
    let fields: Vec<&str> = code(&text)
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert!(fields.contains(&"samples"), "{fields:?}");
    for statistic in ["median", "mean", "quartile", "deviation", "interval", "low", "high"] {
        assert!(!fields.iter().any(|field| field.contains(statistic)), "{statistic}: {fields:?}");
    }
}

#[test]
fn one_file_names_burns_modules() {
    let named: Vec<_> = files("experiments/measure/src", "rs")
        .into_iter()
        .filter(|(_, text)| code(text).any(|line| line.contains("burn::nn") || line.contains("burn::module")))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(named, ["experiments/measure/src/model/modules.rs"]);
}

#[test]
fn the_folder_of_sensors_is_the_default_of_one_argument_per_program() {
    let lines: Vec<_> = files("", "rs")
        .into_iter()
        .filter(|(name, _)| !name.starts_with("tests/") && !name.starts_with("examples/") && !name.contains("/tests/"))
        .flat_map(|(name, text)| {
            let lines: Vec<String> = code(&text).filter(|line| line.contains("\"/sys")).map(str::to_owned).collect();
            lines.into_iter().map(move |line| format!("{name}: {}", line.trim()))
        })
        .collect();
    for program in ["experiments/measure/", "xtask/"] {
        let own: Vec<_> = lines.iter().filter(|line| line.starts_with(program)).collect();
        assert!(own.len() == 1, "{own:#?}");
    }
    // The other one is of the engine, which reads the caches of the processor there.
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[test]
fn the_readme_and_ci_name_the_same_commands() {
    let read =
        |file: &str| fs::read_to_string(tests::root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    for command in ["cargo xtask reproduce", "cargo test --workspace"] {
        assert!(read("README.md").contains(&format!("    {command}\n")), "{command}");
        assert!(read(".ci/run").contains(command), "{command}");
    }
}

#[test]
fn everything_at_the_top_is_explained() {
    let architecture = fs::read_to_string(tests::root().join("ARCHITECTURE.md")).expect("it is there");
    for name in ["offprint", "xtask", "experiments", "figures", "paper", "tests", "docs", "findings", "artifacts.lock"]
    {
        assert!(tests::root().join(name).exists(), "{name} is missing");
        assert!(architecture.contains(name), "ARCHITECTURE.md does not mention {name}");
    }
}

/// Words that had a private meaning here, each with the standard term. None of them is needed in its usual sense, so
/// none may return, in code, comments, names or texts.
const PRIVATE_WORDS: [(&str, &str); 38] = [
    ("told", "reported, printed"),
    ("said", "reported, printed"),
    ("tells", "reports, prints"),
    ("hear", "receive"),
    ("heard", "received, reported"),
    ("news", "a new line, an event"),
    ("mend", "fix, repair"),
    ("mends", "fixes, repairs"),
    ("mended", "fixed, repaired"),
    ("damaged", "corrupt"),
    ("set aside", "quarantined"),
    ("shelf", "published records"),
    ("shelves", "published records"),
    ("stamps", "stat cache"),
    ("evidence", "optional inputs"),
    ("left out", "skipped, omitted"),
    ("leave out", "skip, omit"),
    ("leaves out", "skips, omits"),
    ("leaving out", "skipping, omitting"),
    ("unbeaten", "Pareto-optimal"),
    ("ceiling", "peak rate, roofline"),
    ("ceilings", "peak rates, rooflines"),
    ("roof", "peak, roofline"),
    ("disturb", "interfere with"),
    ("disturbs", "interferes with"),
    ("disturbed", "interfered with, contended"),
    ("disturbance", "interference"),
    ("stolen", "steal time"),
    ("doubt", "uncertainty"),
    ("doubts", "uncertainties"),
    ("stretch", "interval, segment"),
    ("stretches", "intervals, segments"),
    ("renewal", "update"),
    ("renewals", "updates"),
    ("arm", "branch"),
    ("arms", "branches"),
    ("beside", "next to, in parallel with"),
    ("whoever", "anyone who, or name the program or person"),
];

/// Exceptions: below a path, a text that is fixed elsewhere.
const ALLOWED: [(&str, &str); 6] = [
    // Fields of records in the previous format.
    ("experiments/results/", "\"ceiling\""),
    ("experiments/results/", "\"disturbance\""),
    ("experiments/results/", "\"stolen_seconds\""),
    // The simulated times are computed from this name.
    ("experiments/measure/src/device/simulated.rs", "\"disturbed\""),
    ("experiments/measure/src/device/simulated.rs", "`disturbed`"),
    // A variable of Git.
    ("tests/guide.rs", "GIT_CEILING_DIRECTORIES"),
];

/// Whether `text` has the word or phrase, in lower case, capitalised or in capitals, delimited by anything but letters:
/// the parts of `a_name` are words. `ARM` is an architecture, and not `arm`.
fn has_word(text: &str, word: &str) -> bool {
    let capitalised = word[..1].to_uppercase() + &word[1..];
    let capitals = if word.starts_with("arm") { String::new() } else { word.to_uppercase() };
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
    [word, &capitalised, &capitals].iter().filter(|word| !word.is_empty()).any(|word| {
        text.match_indices(*word).any(|(start, _)| {
            !is_letter(text[..start].chars().next_back()) && !is_letter(text[start + word.len()..].chars().next())
        })
    })
}

#[test]
fn private_words_do_not_return() {
    let mut found = Vec::new();
    for (name, text) in ["rs", "typ", "html", "js", "py", "sh", "toml", "md"].iter().flat_map(|end| files("", end)) {
        let is_excluded = |path: &&str| name.starts_with(*path);
        if ["CHANGELOG.md", "experiments/published/", "findings/", "tests/tidy.rs"].iter().any(is_excluded) {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            let allowed = ALLOWED.iter().filter(|(path, _)| name.starts_with(path));
            let line = allowed.fold(line.to_owned(), |line, (_, text)| line.replace(text, ""));
            let words = PRIVATE_WORDS.iter().filter(|(word, _)| has_word(&line, word));
            found.extend(words.map(|(word, standard)| format!("{name}:{number}: `{word}`: use {standard}")));
        }
    }
    assert!(found.is_empty(), "{} private words:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_word_is_found_in_names_and_sentences_but_not_in_other_words() {
    for text in ["told.", "Told you", "a_turn_is_told_by", "`told`", "MAX_TOLD"] {
        assert!(has_word(text, "told"), "{text}");
    }
    for text in ["untold", "toldo", "UNTOLD", "retold"] {
        assert!(!has_word(text, "told"), "{text}");
    }
    assert!(has_word("an arm", "arm") && !has_word("ARM", "arm"));
    assert!(has_word("it is left out here", "left out") && !has_word("left outside", "left out"));
}
