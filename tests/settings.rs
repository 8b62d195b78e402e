//! The settings of Cargo that decide how fast a program is are in the key of a measurement: those by which Cargo itself builds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use offprint::reason::changes;
use tempfile::TempDir;

/// A checkout with one program, which prints the compiler's flags, and this checkout's configuration of Cargo; in a folder
/// with a home of Cargo.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().expect("a folder"));
        let package = "[package]\nname = \"work\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        checkout.write("paper/Cargo.toml", &format!("{package}[profile.dev]\ndebug = false\n"));
        checkout.write("paper/Cargo.lock", "version = 4\n\n[[package]]\nname = \"work\"\nversion = \"0.1.0\"\n");
        checkout.write("paper/src/main.rs", "fn main() { println!(\"{}\", env!(\"FLAGS\")) }\n");
        let flags = "std::env::var(\"CARGO_ENCODED_RUSTFLAGS\").unwrap().replace('\\x1f', \" \")";
        checkout
            .write("paper/build.rs", &format!("fn main() {{ println!(\"cargo::rustc-env=FLAGS={{}}\", {flags}) }}\n"));
        checkout.write("home/config.toml", "");
        fs::create_dir(checkout.path("paper/.cargo")).expect("a folder");
        for file in [".cargo/config.toml", ".cargo/rustc", "rust-toolchain.toml"] {
            fs::copy(tests::root().join(file), checkout.path("paper").join(file)).expect("a copy");
        }
        checkout
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs a program in the checkout with this environment and no other that decides a build.
    fn run(&self, program: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let decides = ["RUSTFLAGS", "PROFILE", "INCREMENTAL", "WRAPPER", "CARGO_BUILD"];
            if decides.iter().any(|part| name.contains(part)) {
                command.env_remove(&*name);
            }
        }
        command.args(args).current_dir(self.path("paper")).env("CARGO", env!("CARGO"));
        command.env("CARGO_TARGET_DIR", self.path("target")).env("CARGO_HOME", self.path("home"));
        command.envs(environment.iter().copied()).output().expect("it runs")
    }

    fn key(&self, environment: &[(&str, &str)]) -> Result<String, String> {
        let root = self.path("paper").display().to_string();
        let output = self.run(Path::new(env!("CARGO_BIN_EXE_driver")), &["measured-key", &root], environment);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The settings in the key of a measurement.
    #[track_caller]
    fn settings(&self, environment: &[(&str, &str)]) -> Vec<String> {
        let key = self.key(environment).unwrap_or_else(|error| panic!("{error}"));
        assert!(!key.contains(&*self.0.path().to_string_lossy()), "{key}");
        key.lines().filter_map(|line| line.strip_prefix("cargo ")).map(str::to_owned).collect()
    }

    /// The flags that Cargo gives the compiler.
    fn flags(&self, environment: &[(&str, &str)]) -> String {
        let output = self.run(Path::new(env!("CARGO")), &["run", "--quiet", "--offline"], environment);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// The target of this machine.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").current_dir(tests::root()).output().expect("rustc runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a target").to_owned()
}

#[test]
fn a_plain_build_and_settings_that_decide_nothing_add_nothing_to_the_key() {
    let checkout = Checkout::new();
    let nothing: [&str; 0] = [];
    assert_eq!(checkout.settings(&[]), nothing);
    let host = host();
    let settings = [
        ("RUSTFLAGS", "-Dwarnings --cap-lints warn --remap-path-prefix /home/me=x"),
        ("RUSTC_WRAPPER", "/opt/bin/sccache"),
        ("CARGO_INCREMENTAL", "1"),
        ("CARGO_PROFILE_DEV_DEBUG", "false"),
        ("CARGO_PROFILE_DEV_STRIP", "symbols"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        ("CARGO_BUILD_TARGET", &host),
        ("CARGO_BUILD_JOBS", "2"),
    ];
    assert_eq!(checkout.settings(&settings), nothing);
    checkout.write("home/config.toml", "[net]\nretry = 3\n[patch.crates-io]\nother = { path = \"/home/me/other\" }\n");
    assert_eq!(checkout.settings(&[]), nothing);
}

#[test]
fn flags_of_the_compiler_are_in_the_key_as_cargo_uses_them_wherever_they_are_given() {
    let checkout = Checkout::new();
    let (host, native) = (host(), "-C target-cpu=native");
    let of_target = format!("CARGO_TARGET_{}_RUSTFLAGS", host.to_uppercase().replace('-', "_"));
    let with = |flags: &str| [format!("rustflags = {flags}")];
    let same = |environment: &[(&str, &str)], expected: &str| {
        assert_eq!(checkout.settings(environment), with(expected), "{environment:?}");
        assert_eq!(checkout.flags(environment), expected, "{environment:?}");
    };
    same(&[("RUSTFLAGS", native)], native);
    same(&[("CARGO_ENCODED_RUSTFLAGS", "-C\x1ftarget-cpu=native"), ("RUSTFLAGS", "-O")], native);
    same(&[("CARGO_BUILD_RUSTFLAGS", native)], native);
    same(&[("CARGO_BUILD_RUSTFLAGS", "--cfg a"), (&of_target, native)], native);

    // A file above the checkout, and one in the home of Cargo.
    checkout.write(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"above\"]\n");
    same(&[], "--cfg above");
    checkout.write("home/config.toml", &format!("[target.{host}]\nrustflags = \"--cfg home\"\n"));
    same(&[], "--cfg home");
    same(&[(&of_target, "--cfg variable")], "--cfg home --cfg variable");
    assert_eq!((checkout.settings(&[("RUSTFLAGS", "")]).len(), checkout.flags(&[("RUSTFLAGS", "")]).as_str()), (0, ""));
    checkout.write("home/config.toml", "include = [\"more.toml\"]\n");
    checkout.write("home/more.toml", "[build]\nrustflags = [\"--cfg\", \"more\"]\n");
    same(&[], "--cfg more --cfg above");

    // Whether a condition holds is not evaluated, so that both count.
    checkout.write("home/config.toml", "[target.'cfg(target_os = \"linux\")']\nrustflags = [\"--cfg\", \"c\"]\n");
    let both = ["rustflags = --cfg above", "target.cfg(target_os=\"linux\").rustflags = --cfg c"];
    assert_eq!(checkout.settings(&[]), both);
    assert_eq!(checkout.flags(&[]), "--cfg c");
}

#[test]
fn the_profile_is_in_the_key_wherever_it_is_given() {
    let checkout = Checkout::new();
    let of_variables = [
        ("CARGO_PROFILE_DEV_OPT_LEVEL", "0"),
        ("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false"),
        ("CARGO_INCREMENTAL", "0"),
    ];
    let expected =
        ["debug-assertions = false", "incremental = false", "opt-level = 0"].map(|of| format!("profile.dev.{of}"));
    assert_eq!(checkout.settings(&of_variables), expected);
    let profile = "[profile.dev]\nlto = \"thin\"\nopt-level = 1\n[profile.dev.package.\"*\"]\nopt-level = 0\n";
    checkout.write("home/config.toml", &format!("{profile}[build]\nincremental = false\n"));
    let expected = ["incremental = false", "lto = thin", "opt-level = 1", "package.*.opt-level = 0"];
    assert_eq!(checkout.settings(&[]), expected.map(|of| format!("profile.dev.{of}")));
    assert!(checkout.settings(&of_variables).contains(&"profile.dev.opt-level = 0".to_owned()));
}

#[test]
fn another_target_compiler_linker_or_wrapper_is_in_the_key_without_its_path() {
    let checkout = Checkout::new();
    checkout.write("bin/rustc", "#!/bin/sh\necho rustc 7\n");
    checkout.write("bin/slow", "#!/bin/sh\nexec \"$@\"\n");
    Command::new("chmod").arg("+x").arg(checkout.path("bin/rustc")).status().expect("it runs");
    let path = |file: &str| checkout.path(file).display().to_string();
    let (rustc, slow) = (path("bin/rustc"), path("bin/slow"));
    let linker = format!("[target.{}]\nlinker = {:?}\n", host(), path("bin/mold"));
    checkout.write("home/config.toml", &format!("{linker}[build]\nrustc = {rustc:?}\nrustc-wrapper = {slow:?}\n"));
    let digest = offprint::digest::Digest::of(b"#!/bin/sh\nexec \"$@\"\n");
    let expected = [
        "build.rustc = rustc 7".to_owned(),
        format!("build.rustc-wrapper = slow {digest}"),
        format!("target.{}.linker = mold", host()),
    ];
    assert_eq!(checkout.settings(&[]), expected);
    checkout.write("home/config.toml", "");
    let musl = [("CARGO_BUILD_TARGET", "x86_64-unknown-linux-musl")];
    assert_eq!(checkout.settings(&musl), ["build.target = x86_64-unknown-linux-musl"]);
    // The wrapper of papers, once it does something else.
    checkout.write("paper/.cargo/rustc", "#!/bin/sh\nexec \"$@\" -C target-cpu=native\n");
    assert!(checkout.settings(&[])[0].starts_with("build.rustc-workspace-wrapper = rustc "));
}

#[test]
fn what_cannot_be_known_is_refused_with_a_remedy() {
    let checkout = Checkout::new();
    for (configuration, problem) in [
        ("paths = [\"/home/me/work\"]\n", "`paths` in the configuration of Cargo replaces crates"),
        (
            "[patch.crates-io]\nwork = { path = \"/home/me/work\" }\n",
            "`patch` in the configuration of Cargo replaces crate work",
        ),
        ("[build\n", "cannot read the configuration of Cargo: "),
        ("[build]\nrustflags = [\"@/home/me/flags\"]\n", "the compiler's flags `@flags` are in a file"),
        ("[build]\nrustc = \"/no/such/rustc\"\n", "build.rustc: /no/such/rustc: cannot run: No such file"),
    ] {
        checkout.write("home/config.toml", configuration);
        let error = checkout.key(&[]).expect_err(configuration);
        assert!(error.starts_with("error: step work: ") && error.contains(problem), "{error}");
        assert_eq!(error.matches("\nhint: ").count(), 1, "{error}");
    }
}

#[test]
fn a_changed_flag_is_a_reason_with_its_old_and_new_value() {
    let checkout = Checkout::new();
    let key = |flags: &str| checkout.key(&[("RUSTFLAGS", flags)]).expect("a key");
    let reasons = |old: &str, new: &str| {
        let found = changes(&key(old), &key(new), &BTreeSet::new());
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(reasons("", "-Ctarget-cpu=native"), ["cargo rustflags: new, -C target-cpu=native"]);
    assert_eq!(reasons("-O", "-Ctarget-cpu=native"), ["cargo rustflags: -O → -C target-cpu=native"]);
    assert_eq!(reasons("-C target-cpu=native", "-Dwarnings"), ["cargo rustflags: gone, was -C target-cpu=native"]);
}
