//! The command `measure devices` on made-up machines, with the Vulkan loader of this one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

/// A card on the bus, whose node is an ordinary file.
fn card(root: &Path, driver: &str, ids: (&str, &str)) {
    let write = |file: &str, text: &str| {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("devices/0000:01:00.0/vendor", &format!("{}\n", ids.0));
    write("devices/0000:01:00.0/device", &format!("{}\n", ids.1));
    write(&format!("bus/drivers/{driver}/bind"), "");
    write("class/drm/renderD128/dev", "226:128\n");
    write("dev/dri/renderD128", "");
    symlink(format!("../../bus/drivers/{driver}"), root.join("devices/0000:01:00.0/driver")).expect("a link");
    symlink("../../../devices/0000:01:00.0", root.join("class/drm/renderD128/device")).expect("a link");
}

fn devices(root: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
    command.arg("devices").args(flags).envs(variables.iter().copied());
    for flag in ["--sysfs", "--root"] {
        command.arg(flag).arg(root);
    }
    command.output().expect("the program starts")
}

#[test]
fn a_card_that_no_driver_of_this_machine_serves_is_not_chosen_for_auto_and_refused_by_its_name() {
    for (driver, ids, why) in [
        ("radeon", ("0x1002", "0x6798"), "no driver for the kernel's radeon"),
        ("i915", ("0x8086", "0x0126"), "before Ivy Bridge"),
        ("vmwgfx", ("0x15ad", "0x0405"), "no driver for the kernel's vmwgfx"),
        ("asahi", ("0x106b", "0x0001"), "/dev/dri/renderD128"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        card(folder.path(), driver, ids);
        if driver == "asahi" {
            fs::remove_file(folder.path().join("dev/dri/renderD128")).expect("a file");
        }
        let auto = devices(folder.path(), &["--usable", "auto"], &[]);
        let answer: serde_json::Value = serde_json::from_slice(&auto.stdout).expect("JSON");
        assert!(auto.status.success() && answer["device"] == "cpu", "{auto:?}");
        assert!(answer["why"].as_str().is_some_and(|text| text.contains(why)), "{driver}: {answer}");
        let named = devices(folder.path(), &["--usable", "vulkan"], &[]);
        let error = String::from_utf8_lossy(&named.stderr).into_owned();
        assert!(!named.status.success() && error.starts_with("error: the device vulkan cannot be used: "), "{error}");
        assert!(error.contains(why) && error.contains("\nhint: "), "{error}");
    }
}

#[test]
fn the_list_has_each_device_once_with_the_remedy_of_those_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    card(folder.path(), "lima", ("0x0000", "0x0000"));
    let text = String::from_utf8(devices(folder.path(), &[], &[]).stdout).expect("text");
    for name in ["cpu ", "cpu:burn ", "cpu:onnxruntime ", "vulkan ", "vulkan:software ", "cuda ", "simulated "] {
        assert_eq!(text.lines().filter(|line| line.starts_with(name)).count(), 1, "{name}: {text}");
    }
    assert!(text.contains("\nvulkan           cannot be used: lima (0000:0000): Vulkan has no driver"), "{text}");
    assert!(text.contains("\n                 hint: measure the processor: --device cpu\n"), "{text}");
}

#[test]
fn a_driver_named_by_a_variable_is_asked_and_its_failure_is_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    card(folder.path(), "amdgpu", ("0x1002", "0x73bf"));
    let manifest = folder.path().join("driver.json");
    fs::write(
        &manifest,
        r#"{"file_format_version": "1.0.0", "ICD": {"library_path": "/none.so", "api_version": "1.1.0"}}"#,
    )
    .expect("a file");
    let manifest = manifest.display().to_string();
    // Loaders before 1.3.207 know only the second name.
    let variables = [("VK_DRIVER_FILES", manifest.as_str()), ("VK_ICD_FILENAMES", manifest.as_str())];
    let output = devices(folder.path(), &["--usable", "vulkan"], &variables);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.starts_with("error: the device vulkan cannot be used: Vulkan"), "{error}");
}
