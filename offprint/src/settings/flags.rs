//! Flags of the compiler: those that decide how fast a program is, in one form and without paths.

use std::fs;
use std::path::Path;

use super::SettingsError;
use super::paths::file_names;
use crate::digest::Digest;

/// Flags whose value may be the next word.
const WITH_VALUE: [&str; 25] = [
    "-A",
    "-C",
    "-D",
    "-F",
    "-L",
    "-W",
    "-Z",
    "-l",
    "--allow",
    "--cap-lints",
    "--cfg",
    "--check-cfg",
    "--codegen",
    "--color",
    "--deny",
    "--diagnostic-width",
    "--emit",
    "--error-format",
    "--extern",
    "--forbid",
    "--force-warn",
    "--json",
    "--remap-path-prefix",
    "--sysroot",
    "--warn",
];
/// Flags that only decide what the compiler prints, or the paths in what it prints.
const UNDECISIVE: [&str; 17] = [
    "-A",
    "-D",
    "-F",
    "-W",
    "-v",
    "--allow",
    "--cap-lints",
    "--check-cfg",
    "--color",
    "--deny",
    "--diagnostic-width",
    "--error-format",
    "--forbid",
    "--force-warn",
    "--json",
    "--remap-path-prefix",
    "--verbose",
];
/// The same, of `-C`.
const UNDECISIVE_CODEGEN: [&str; 5] = ["extra-filename", "metadata", "save-temps", "split-debuginfo", "strip"];
/// Values of `-C` and `-Z` that are files whose content decides.
const PROFILES: [&str; 2] = ["profile-use", "profile-sample-use"];

/// The flags that decide, separated by blanks. Files are relative to `root`.
pub fn decisive(flags: &[String], root: &Path) -> Result<String, SettingsError> {
    let mut decisive = Vec::new();
    let mut rest = flags.iter();
    while let Some(flag) = rest.next() {
        if flag.starts_with('@') {
            let problem = format!("the compiler's flags `{}` are in a file", file_names(flag));
            return Err(SettingsError::new(problem, "write the flags themselves into RUSTFLAGS"));
        }
        let (name, value) = match flag.as_str() {
            name if WITH_VALUE.contains(&name) => (name, rest.next().map(String::as_str)),
            long if long.starts_with("--") => {
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)))
            }
            short => match short.get(..2) {
                Some(name) if WITH_VALUE.contains(&name) => (name, short.get(2..)),
                _ => (short, None),
            },
        };
        if UNDECISIVE.contains(&name) {
            continue;
        }
        let name = if name == "--codegen" { "-C" } else { name };
        let value = match value {
            Some(value) if matches!(name, "-C" | "-Z") => match option(value, root)? {
                Some(value) => Some(value),
                None => continue,
            },
            value => value.map(file_names),
        };
        let separator = if name.starts_with("--") && value.is_some() && flag.contains('=') { "=" } else { " " };
        decisive.push(value.map_or_else(|| file_names(name), |value| format!("{name}{separator}{value}")));
    }
    Ok(decisive.join(" "))
}

/// `name=value` of `-C` or `-Z`; none when it decides nothing.
fn option(option: &str, root: &Path) -> Result<Option<String>, SettingsError> {
    let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
    let name = name.replace('_', "-");
    if UNDECISIVE_CODEGEN.contains(&name.as_str()) {
        return Ok(None);
    }
    let Some(value) = value else { return Ok(Some(name)) };
    // Only these are several words.
    let words: Vec<String> = match name.as_str() {
        "link-args" | "llvm-args" => value.split_whitespace().map(file_names).collect(),
        _ => vec![file_names(value)],
    };
    let mut text = format!("{name}={}", words.join(" "));
    if PROFILES.contains(&name.as_str()) {
        let path = root.join(value);
        let content = fs::read(&path).map_err(|error| {
            SettingsError::new(format!("{name}: {}: {error}", path.display()), "give the absolute path of the profile")
        })?;
        text += &format!(" {}", Digest::of(&content));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let flags: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        decisive(&flags, Path::new("/")).unwrap()
    }

    #[test]
    fn one_flag_in_several_spellings_is_one() {
        for spelling in [
            "-C target-cpu=native",
            "-Ctarget-cpu=native",
            "-C target_cpu=native",
            "--codegen target-cpu=native",
            "--codegen=target_cpu=native",
        ] {
            assert_eq!(of(spelling), "-C target-cpu=native", "{spelling}");
        }
    }

    #[test]
    fn flags_for_messages_decide_nothing() {
        let lints = "-D warnings -Dwarnings -A dead_code --cap-lints allow --cap-lints=warn --deny=unused -v";
        let paths = "--remap-path-prefix /home/me=x --remap-path-prefix=/home/me=x --color always --check-cfg cfg(x)";
        assert_eq!(of(lints), "");
        assert_eq!(of(paths), "");
        assert_eq!(of(&format!("-O {lints} --cfg tokio_unstable -C strip=symbols")), "-O --cfg tokio_unstable");
    }

    #[test]
    fn no_path_remains() {
        for (flags, expected) in [
            ("-L /home/me/lib -L native=/opt/cuda/lib64", "-L lib -L native=lib64"),
            ("-L/home/me/lib", "-L lib"),
            (
                "-Clinker=/usr/bin/clang -C link-arg=-fuse-ld=/home/me/bin/mold",
                "-C linker=clang -C link-arg=-fuse-ld=mold",
            ),
            ("-Clink-args=-Wl,-rpath,/home/me/lib", "-C link-args=-Wl,-rpath,lib"),
            ("--sysroot=/home/me/rust --extern x=/home/me/libx.rlib", "--sysroot=rust --extern x=libx.rlib"),
            ("-Z codegen-backend=/home/me/librustc_codegen_gcc.so", "-Z codegen-backend=librustc_codegen_gcc.so"),
        ] {
            assert_eq!(of(flags), expected);
        }
    }

    #[test]
    fn words_and_folders_with_blanks_are_not_confused() {
        let flags = ["-C", "link-args=-L/home/me/a -lx", "-L", "/home/me/a b/lib"].map(str::to_owned);
        assert_eq!(decisive(&flags, Path::new("/")).unwrap(), "-C link-args=-La -lx -L lib");
    }

    #[test]
    fn a_profile_counts_by_its_content_and_a_file_of_flags_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("merged.profdata");
        fs::write(&profile, "counts").unwrap();
        let flag = format!("-Cprofile-use={}", profile.display());
        assert_eq!(of(&flag), format!("-C profile-use=merged.profdata {}", Digest::of(b"counts")));
        for (flags, problem) in
            [("-Cprofile-use=/gone", "/gone: No such file"), ("@/home/me/flags", "`@flags` are in a file")]
        {
            let error = decisive(&[flags.to_owned()], Path::new("/")).unwrap_err().to_string();
            assert!(error.contains(problem) && error.contains("\nhint: "), "{error}");
        }
    }
}
