//! What identifies a processor: made-up `/proc` and `/sys` with the lines that kernels of each architecture print.

use super::*;

/// The facts on a machine with these files below `/proc` and `/sys`.
fn with(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    facts(folder.path(), folder.path())
}

fn of(cpuinfo: &str) -> BTreeMap<String, String> {
    with(&[("cpuinfo", cpuinfo)])
}

fn aarch64(implementer: &str, variant: &str, part: &str) -> String {
    format!(
        "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd sve\nCPU implementer\t: {implementer}\n\
         CPU architecture: 8\nCPU variant\t: {variant}\nCPU part\t: {part}\nCPU revision\t: 1\n"
    )
}

fn x86(name: &str, family: u32, model: u32, stepping: u32, flags: &str) -> String {
    format!(
        "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: {name}\n\
         stepping\t: {stepping}\nmicrocode\t: 0x1\ncpu MHz\t\t: 2445.4\nflags\t\t: fpu sse2 {flags}\n"
    )
}

#[test]
fn processors_are_named_by_cpuinfo_or_the_board_or_their_numbers() {
    let name = |files: &[(&str, &str)]| with(files)["cpu"].clone();
    assert_eq!(name(&[("cpuinfo", "processor\t: 0\nmodel name\t: A Processor @ 2 GHz\n")]), "A Processor @ 2 GHz");
    let unnamed = ("cpuinfo", &*aarch64("0x41", "0x1", "0xd07"));
    assert_eq!(name(&[unnamed, ("device-tree/model", "NVIDIA Jetson Nano\n\0")]), "NVIDIA Jetson Nano");
    assert_eq!(name(&[unnamed]), "processor with implementer 0x41, part 0xd07");
    // A 32-bit system names any processor after its architecture.
    let old = ("cpuinfo", "processor\t: 0\nmodel name\t: ARMv8 Processor rev 1 (v8l)\n");
    assert_eq!(name(&[old, ("device-tree/model", "jetson_tx1\0")]), "jetson_tx1");
    assert_eq!(of("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n")["cpu"], "POWER9, altivec supported");
    assert_eq!(of("system type\t: generic\n\nModel Name\t\t: Loongson-3A5000\n")["cpu"], "Loongson-3A5000");
    assert!(of("")["cpu"].starts_with("unknown "));
}

#[test]
fn processors_that_differ_in_what_a_program_runs_on_are_not_the_same_hardware() {
    let power = |revision: &str| format!("processor\t: 0\ncpu\t: POWER9, altivec supported\nrevision\t: {revision}\n");
    let riscv = |uarch: &str, isa: &str| format!("processor\t: 0\nhart\t: 1\nisa\t: {isa}\nuarch\t: {uarch}\n");
    let loongson = |revision: &str| format!("Model Name\t: Loongson-3A6000\nCPU Revision\t: {revision}\n");
    let mainframe = |machine: &str| {
        format!(
            "vendor_id       : IBM/S390\nprocessor 0: version = FF,  identification = 1234AB,  machine = {machine}\n"
        )
    };
    // Phones have two kinds of cores.
    let two = |part: &str| aarch64("0x41", "0x0", "0xd05") + "\n" + &aarch64("0x41", "0x0", part);
    let machines = [
        aarch64("0x41", "0x3", "0xd0c"),
        aarch64("0x41", "0x1", "0xd40"),
        aarch64("0x41", "0x0", "0xd40"),
        aarch64("0xc0", "0x0", "0xac3"),
        two("0xd0a"),
        two("0xd0b"),
        power("2.2 (pvr 004e 1202)"),
        power("2.3 (pvr 004e 1203)"),
        riscv("sifive,u74-mc", "rv64imafdc"),
        riscv("thead,c910", "rv64imafdc"),
        riscv("thead,c910", "rv64imafdcv"),
        loongson("0x10"),
        loongson("0x11"),
        mainframe("8561"),
        mainframe("3931"),
        x86("AMD EPYC", 23, 49, 0, "avx2"),
        x86("AMD EPYC", 26, 2, 0, "avx2"),
        x86("AMD EPYC", 26, 2, 1, "avx2"),
        x86("AMD EPYC", 26, 2, 1, "avx2 avx512f"),
    ];
    let all: BTreeSet<_> = machines.iter().map(|cpuinfo| of(cpuinfo)).collect();
    assert_eq!(all.len(), machines.len(), "{all:#?}");
    let is_design = |facts: &BTreeMap<String, String>| facts["cpu_id"].contains("CPU implementer 0x41");
    assert!(all.iter().all(|facts| facts.contains_key("installation") == is_design(facts)), "{all:#?}");
    // The identification is a serial number.
    assert!(all.iter().all(|facts| facts.values().all(|value| !value.contains("1234AB"))), "{all:#?}");
}

#[test]
fn the_makers_of_one_design_are_distinguished_by_their_machines_or_else_by_the_installation() {
    let design = aarch64("0x41", "0x3", "0xd0c");
    let of = |maker: &str, model: &str| {
        let maker = ("class/dmi/id/sys_vendor", maker);
        with(&[("cpuinfo", &design), maker, ("class/dmi/id/product_name", model)])
    };
    let (cloud, server) = (of("Amazon EC2\n", "c6g.4xlarge\n"), of("GIGABYTE\n", "R272-P30-JG\n"));
    assert_eq!(cloud["machine"], "Amazon EC2 c6g.4xlarge");
    assert_ne!(cloud, server);
    assert!(!cloud.contains_key("installation"), "{cloud:?}");
    for (maker, model) in [("QEMU", "KVM Virtual Machine"), ("To be filled by O.E.M.", "x"), ("", "")] {
        assert!(of(maker, model).contains_key("installation"), "{maker}");
    }
    // Another maker's number is its own, and a board has a name.
    assert!(!with(&[("cpuinfo", &aarch64("0xc0", "0x0", "0xac3"))]).contains_key("installation"));
    let board = with(&[("cpuinfo", &design), ("device-tree/model", "A board\0")]);
    assert!(!board.contains_key("installation") && !board.contains_key("machine"), "{board:?}");
}

#[test]
fn processors_of_a_mainframe_are_listed_once() {
    let one = "vendor_id : IBM/S390\nprocessor 0: version = 00,  identification = 1A,  machine = 8561\n";
    let two = format!("{one}processor 1: version = 00,  identification = 1A,  machine = 8561\n");
    assert_eq!(of(one), of(&two));
}

#[test]
fn clocks_microcode_and_the_order_of_cores_do_not_matter() {
    let one = x86("AMD EPYC", 25, 1, 1, "avx2");
    let other = one.replace("2445.4", "3100.0").replace("0x1\n", "0x2\n");
    assert_eq!(of(&one), of(&format!("{other}\n{one}")));
    assert_eq!(of(&one)["cpu_vectors"], "avx2");
    let (little, big) = (aarch64("0x41", "0x0", "0xd05"), aarch64("0x41", "0x0", "0xd0a"));
    assert_eq!(of(&format!("{little}\n{big}")), of(&format!("{big}\n{little}\n{little}")));
}

#[test]
fn caches_and_the_length_of_scalable_vectors_are_facts() {
    let cpuinfo = aarch64("0x41", "0x1", "0xd40");
    let cache = |index: &str, file: &str| format!("devices/system/cpu/cpu0/cache/index{index}/{file}");
    let files = |size| {
        with(&[
            ("cpuinfo", cpuinfo.as_str()),
            ("sys/abi/sve_default_vector_length", "32\n"),
            (&cache("0", "level"), "1\n"),
            (&cache("0", "type"), "Data\n"),
            (&cache("0", "size"), "64K\n"),
            (&cache("3", "level"), "3\n"),
            (&cache("3", "type"), "Unified\n"),
            (&cache("3", "size"), size),
        ])
    };
    let small = files("32768K\n");
    assert_eq!(small["cpu_caches"], "L1 Data 64K, L3 Unified 32768K");
    assert_eq!(small["cpu_vectors"], "sve of 32 bytes");
    assert_ne!(small, files("65536K\n"));
}

#[test]
fn processors_that_nothing_distinguishes_are_the_same_hardware_only_on_the_same_installation() {
    let emulated = [
        x86("QEMU Virtual CPU version 2.5+", 15, 107, 1, "avx2"),
        x86("Common KVM processor", 15, 6, 1, ""),
        x86("VirtualApple @ 2.50GHz", 6, 44, 0, ""),
        aarch64("0x61", "0x0", "0x000"),
        "processor\t: 0\nhart\t: 0\nisa\t: rv64imafdc\nmvendorid\t: 0x0\nmarchid\t: 0x0\n".to_owned(),
        aarch64("0x00", "0x0", "0x051"),
        "processor\t: 0\nmodel name\t: ARMv7 Processor rev 4 (v7l)\n".to_owned(),
        String::new(),
    ];
    for cpuinfo in emulated {
        let on = |start: &str| with(&[("cpuinfo", &cpuinfo), ("sys/kernel/random/boot_id", start)]);
        let found = on("0c4a5f0e-0000-4000-8000-000000000001\n");
        assert!(found.contains_key("installation"), "{found:?}");
        assert_eq!(found, on("0c4a5f0e-0000-4000-8000-000000000001\n"));
    }
    let number = |text: Option<&str>, start: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("sys/kernel/random")).unwrap();
        fs::write(folder.path().join("sys/kernel/random/boot_id"), start).unwrap();
        let file = folder.path().join("machine-id");
        text.iter().for_each(|text| fs::write(&file, text).unwrap());
        installation(folder.path(), &[&file])
    };
    let (id, start) = ("3d1219c7c4c5404aaa1f6d2a48adfda4\n", "0c4a5f0e-0000-4000-8000-000000000001\n");
    let one = number(Some(id), start);
    assert_eq!(one, number(Some(id), "another start"));
    assert_ne!(one, number(Some("4d1219c7c4c5404aaa1f6d2a48adfda4\n"), start));
    assert!(!one.contains(&id[..8]), "{one}");
    // Images of containers have an empty file, or none.
    for none in [None, Some(""), Some("uninitialized\n")] {
        assert_eq!(number(none, start), number(None, start));
        assert_ne!(number(none, start), number(none, "1c4a5f0e-0000-4000-8000-000000000001\n"));
    }
}

#[test]
fn kernel_and_governors_are_those_of_this_machine_and_each_governor_is_listed_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("sys/kernel/osrelease", "6.8.0\n");
    for core in ["cpu0", "cpu1"] {
        write(&format!("devices/system/cpu/{core}/cpufreq/scaling_governor"), "performance\n");
    }
    let facts = [("governor", "performance"), ("kernel", "6.8.0")];
    let facts = facts.map(|(fact, value)| (fact.to_owned(), value.to_owned())).into();
    assert_eq!(surroundings(folder.path(), folder.path()), facts);
    assert!(surroundings(Path::new("/nowhere"), Path::new("/nowhere")).is_empty());
}
