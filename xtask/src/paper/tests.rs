//! The flags, and what a request keeps of them.

use super::*;
use clap::Parser;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    networks: Networks,
}

#[test]
fn weights_are_resolved_before_anything_is_built_and_the_request_without_them_is_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (file, list) = (folder.path().join("r18.pth"), folder.path().join("weights.toml"));
    std::fs::write(&file, "").unwrap();
    std::fs::write(&list, "[networks]\nresnet-18 = \"r18.pth\"\n").unwrap();
    let given = |value: &str| Flags::try_parse_from(["paper", "--weights", value]).map(|flags| flags.networks);
    let of = |value: &str| given(value).unwrap().weights[0].names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(of(&format!("vgg-16={}", file.display())), ["vgg-16"]);
    assert_eq!(of(list.to_str().unwrap()), ["resnet-18"]);
    for (value, problem) in [
        (format!("lenet={}", file.display()), "`lenet` is not a network"),
        (format!("vgg-16={}", folder.path().join("none").display()), "No such file"),
        ("vgg-16".to_owned(), "is no file for a name"),
    ] {
        let error = given(&value).map(drop).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("\nhint: "), "{error}");
    }
    let without = Flags::try_parse_from(["paper"]).unwrap().networks;
    assert!(!serde_json::to_string(&without).unwrap().contains("weights"));
}

#[test]
fn accuracy_needs_pictures_weights_and_a_device_that_classifies() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(place("images.toml"), "name = \"x\"\nfolder = \".\"\n").unwrap();
    let (images, weights) = (place("images.toml"), format!("enet={}", place("images.toml")));
    let given = |flags: &[&str]| Flags::try_parse_from([&["paper"], flags].concat()).unwrap().networks;
    let both = ["--images", &images, "--weights", &weights];
    for (flags, device, problem) in [
        (&both[..2], Device::Cpu, "give --weights"),
        (&both[2..], Device::Cpu, "give --images"),
        (&both, Device::Simulated, "not on simulated in f32"),
        (&both, Device::CpuOnnxruntime, "not on cpu:onnxruntime in f32"),
        (&[&both[..], &["--precision", "f16"]].concat(), Device::Cuda(0), "not on cuda in f16"),
    ] {
        let error = given(flags).check_classified(device).unwrap_err().to_string();
        assert!(error.contains(problem) && error.matches("\nhint: ").count() == 1, "{error}");
    }
    assert!(given(&both).check_classified(Device::CpuBurn).is_ok());
    assert!(given(&[]).check_classified(Device::Simulated).is_ok());
    assert!(Flags::try_parse_from(["paper", "--images", &place("none.toml")]).is_err());
    let without = serde_json::to_string(&given(&[])).unwrap();
    assert!(!without.contains("images"), "{without}");
}

#[test]
fn the_lock_has_the_declaration_of_a_meter_and_not_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("power.csv");
    std::fs::write(&log, "").unwrap();
    let power = format!("meter,decimal=comma:{}", log.display());
    let given = Flags::try_parse_from(["paper", "--power", &power]).unwrap().networks;
    assert_eq!(given.power, power);
    let request = serde_json::to_string(&given).unwrap();
    assert!(request.contains(r#""power":"meter,decimal=comma""#), "{request}");
    assert_eq!(serde_json::from_str::<Networks>(&request).unwrap().power, "meter,decimal=comma");
    for wrong in ["", "meter:", "command:./no-such-program"] {
        assert!(Flags::try_parse_from(["paper", "--power", wrong]).is_err(), "{wrong}");
    }
}
