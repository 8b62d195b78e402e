//! Measured steps as jobs of a real Slurm: two nodes on this machine, of which one sees one core and the other two. Each
//! test starts a cluster of its own, in which it runs again. Where no cluster can run, they say so on standard error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tests::chance::Chance;
use tests::on_cluster::{Lab, end, jobs, slurm, wait_until};

/// Exit status of the script that starts a cluster, where none can run.
const SKIPPED: i32 = 77;

/// Whether this process is in a cluster. If not, starts one and runs the test `name` of this program there.
fn in_cluster(name: &str, nodes: &str) -> bool {
    if std::env::var_os("CLUSTER").is_some() {
        return true;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("slurm/cluster.sh");
    let own = std::env::current_exe().expect("this program");
    let mut command = Command::new(script);
    command.args(["--nodes", nodes]).arg(own).args(["--exact", name, "--nocapture", "--test-threads=1"]);
    let status = command.stdin(Stdio::null()).status().expect("the script runs");
    let is_skipped = status.code() == Some(SKIPPED) && std::env::var_os("CI").is_none();
    assert!(status.success() || is_skipped, "{name} in a cluster: {status}");
    false
}

/// The texts of the outcomes in a folder of results.
fn outcomes(folder: &Path) -> Vec<String> {
    let jobs = fs::read_dir(folder).expect("a folder").flatten();
    jobs.map(|job| fs::read_to_string(job.path().join("outcome.json")).expect("an outcome")).collect()
}

fn lab() -> Lab {
    Lab::new(env!("CARGO_BIN_EXE_fleet"))
}

/// The two nodes of most tests.
const NODES: &str = "one:single:1 two:double:2";

#[test]
fn the_example_of_the_guide_describes_a_cluster() {
    let guide = fs::read_to_string(tests::root().join("docs/cluster.md")).expect("the guide");
    let (_, example) = guide.split_once("```toml\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("cluster.toml"), example).expect("a file");
    let cluster = offprint::slurm::cluster::Cluster::read(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let node = cluster.node(&["gpu:h100", "quiet"].map(str::to_owned)).expect("a node");
    let options: Vec<String> = node.options().map(|(option, value)| format!("--{option}={value}")).collect();
    assert_eq!(options, ["--partition=gpu", "--gres=gpu:h100:1", "--account=lab", "--reservation=measuring"]);
}

#[test]
fn jobs_reach_the_node_that_has_what_they_need_one_at_a_time_and_its_hardware_is_in_the_lock() {
    if !in_cluster("jobs_reach_the_node_that_has_what_they_need_one_at_a_time_and_its_hardware_is_in_the_lock", NODES) {
        return;
    }
    let lab = lab();
    let script = lab.script("sleep 0.5") + "; echo \"$OFFPRINT_ENVIRONMENT\" >> \"$OUT\"";
    let printed = lab.must_reproduce(&["--nodes", "single,double", "--points", "3", "--script", &script]);
    assert!(printed.contains("ran 7 of 7 steps"), "{printed}");
    let mut intervals: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (point, lines) in lab.notes() {
        let [start, end] = &lines[..] else { panic!("{point} ran not once: {lines:?}") };
        let expected = if point.starts_with("point-single") { ["one", "1"] } else { ["two", "2"] };
        assert_eq!(start[1..3], expected, "{point}");
        let at = |line: &[String]| line[3].parse::<f64>().expect("a time");
        intervals.entry(start[1].clone()).or_default().push((at(start), at(end)));
    }
    for (node, mut intervals) in intervals {
        intervals.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert!(intervals.len() == 3 && intervals.windows(2).all(|two| two[0].1 < two[1].0), "{node}: {intervals:?}");
    }
    let hardware = lab.lock().lines().filter(|line| line.starts_with("hardware ") && line.contains("cores")).count();
    assert_eq!(hardware, 2, "{}", lab.lock());
    let output = fs::read_to_string(lab.root.join("output/cpu/all")).expect("the last step's output");
    for recorded in [
        "SLURM_JOB_ID=",
        "SLURMD_NODENAME=one",
        "SLURMD_NODENAME=two",
        "OFFPRINT_OTHER_JOBS=0",
        "OFFPRINT_SCHEDULER=slurm",
    ] {
        assert!(output.contains(recorded), "{recorded}: {output}");
    }
    // Nothing is left to do, neither with the cluster nor without.
    assert!(
        lab.must_reproduce(&["--nodes", "single,double", "--points", "3", "--script", &script])
            .contains("nothing to do")
    );
}

#[test]
fn a_driver_killed_at_any_moment_loses_nothing_and_measures_nothing_twice() {
    if !in_cluster("a_driver_killed_at_any_moment_loses_nothing_and_measures_nothing_twice", NODES) {
        return;
    }
    const KILLS: usize = 50;
    let lab = lab();
    let script = lab.script("sleep 0.2");
    let args = ["--nodes", "single,double", "--points", "40", "--script", &script];
    let mut chance = Chance::new(19);
    let mut done = 0;
    for _ in 0..KILLS {
        let mut child = lab.start(&args);
        sleep(Duration::from_millis(chance.below(1500) as u64));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("it ends");
        done = lab.noted("end");
    }
    assert!(done > 0, "no job ended between the kills");
    lab.must_reproduce(&args);
    let notes = lab.notes();
    assert_eq!(notes.len(), 80);
    for (point, lines) in notes {
        assert_eq!(lines.iter().filter(|line| line[0] == "start").count(), 1, "{point}: {lines:?}");
    }
}

#[test]
fn a_node_with_other_hardware_is_refused_before_anything_is_measured() {
    if !in_cluster("a_node_with_other_hardware_is_refused_before_anything_is_measured", "one:same:1 two:same:2") {
        return;
    }
    let lab = lab();
    lab.describe("[needs.same]\nconstraint = \"same\"\n");
    let (code, printed) = lab.reproduce(&["--nodes", "same", "--points", "4", "--script", &lab.script("sleep 1")]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("has other hardware, and nothing was measured") && printed.contains("cores is "),
        "{printed}"
    );
    // The remedy costs no results of others.
    let folder = printed.split("remove ").nth(1).and_then(|rest| rest.split(", and they").next()).expect("a folder");
    let found = outcomes(Path::new(folder));
    assert!(found.len() == 1 && found[0].contains("\"hardware\""), "{folder}: {found:?}");
    let nodes: Vec<String> = lab.notes().into_values().flatten().map(|line| line[1].clone()).collect();
    assert!(nodes.windows(2).all(|two| two[0] == two[1]), "{nodes:?}");
}

#[test]
fn a_controller_killed_while_a_job_ends_loses_nothing() {
    if !in_cluster("a_controller_killed_while_a_job_ends_loses_nothing", NODES) {
        return;
    }
    let lab = lab();
    let child = lab.start(&["--nodes", "double", "--points", "2", "--script", &lab.script("sleep 12")]);
    wait_until("a job runs", || lab.noted("start") == 1);
    sleep(Duration::from_secs(10));
    slurm("controller", &["stop"]);
    wait_until("it ends", || lab.noted("end") == 1);
    sleep(Duration::from_secs(5));
    slurm("controller", &["start"]);
    let (code, printed) = end(child);
    assert_eq!((code, lab.noted("start"), lab.noted("end")), (Some(0), 2, 2), "{printed}");
}

#[test]
fn a_job_goes_on_without_the_daemon_of_its_node() {
    if !in_cluster("a_job_goes_on_without_the_daemon_of_its_node", NODES) {
        return;
    }
    let lab = lab();
    let child = lab.start(&["--nodes", "double", "--script", &lab.script("sleep 5")]);
    wait_until("the job runs", || lab.noted("start") == 1);
    slurm("node", &["stop", "two"]);
    let (code, printed) = end(child);
    assert_eq!((code, lab.noted("start"), lab.noted("end")), (Some(0), 1, 1), "{printed}");
    slurm("node", &["start", "two"]);
}

#[test]
fn a_job_lost_with_its_node_is_submitted_again() {
    if !in_cluster("a_job_lost_with_its_node_is_submitted_again", NODES) {
        return;
    }
    let lab = lab();
    let child = lab.start(&["--nodes", "double", "--script", &lab.script("sleep 3")]);
    wait_until("the job runs", || lab.noted("start") == 1);
    slurm("node", &["crash", "two"]);
    wait_until("Slurm misses the node", || jobs("NODE_FAIL").len() == 1);
    slurm("node", &["start", "two"]);
    let (code, printed) = end(child);
    assert_eq!((code, lab.noted("start"), lab.noted("end")), (Some(0), 2, 1), "{printed}");
}

#[test]
fn a_full_shared_folder_is_an_error_that_names_it_and_the_next_run_goes_on() {
    if !in_cluster("a_full_shared_folder_is_an_error_that_names_it_and_the_next_run_goes_on", NODES) {
        return;
    }
    let lab = lab();
    let driver = fs::metadata(env!("CARGO_BIN_EXE_fleet")).expect("the driver").len();
    let mount = |options: &str| slurm("mount", &["-t", "tmpfs", "-o", options, "tmpfs", &lab.shared.to_string_lossy()]);
    mount(&format!("size={}", driver + (3 << 20)));
    let args = ["--nodes", "double", "--script", "head -c 9000000 /dev/zero > \"$OUT\""];
    let (code, printed) = lab.reproduce(&args);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains(&*lab.shared.to_string_lossy()) && printed.contains("No space left on device"),
        "{printed}"
    );
    mount(&format!("remount,size={}", driver + (64 << 20)));
    lab.must_reproduce(&args);
}

#[test]
fn a_cancelled_job_is_reported_and_submitted_by_the_next_run() {
    if !in_cluster("a_cancelled_job_is_reported_and_submitted_by_the_next_run", NODES) {
        return;
    }
    let lab = lab();
    let script = lab.script("sleep 4");
    let args = ["--nodes", "double", "--points", "2", "--script", &script];
    let child = lab.start(&args);
    wait_until("a job runs", || lab.noted("start") == 1 && jobs("PENDING").len() == 1);
    let (_, listed) = lab.run(&["status"]);
    assert!(
        listed.contains("point/double/0") && listed.contains("running") && listed.contains("2 jobs wait or run"),
        "{listed}"
    );
    let (_, planned) = lab.run(&[&["plan", "--on", "slurm"], &args[..]].concat());
    assert!(planned.contains("point/double/0: job ") && planned.contains(" runs on two"), "{planned}");
    let cancelled = [jobs("RUNNING"), jobs("PENDING")].concat();
    slurm("scancel", &cancelled.iter().map(String::as_str).collect::<Vec<_>>());
    let (code, printed) = end(child);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("was cancelled"), "{printed}");
    let (_, planned) = lab.run(&[&["plan", "--on", "slurm"], &args[..]].concat());
    assert!(planned.contains(" is cancelled"), "{planned}");
    lab.must_reproduce(&args);
    assert_eq!((lab.noted("start"), lab.noted("end")), (3, 2));
}

#[test]
fn after_ctrl_c_jobs_go_on_until_status_cancels_them() {
    if !in_cluster("after_ctrl_c_jobs_go_on_until_status_cancels_them", NODES) {
        return;
    }
    let lab = lab();
    let script = lab.script("sleep 3");
    let args = ["--nodes", "double", "--points", "3", "--script", &script];
    let child = lab.start(&args);
    wait_until("a job runs", || lab.noted("start") == 1);
    slurm("kill", &["-INT", &child.id().to_string()]);
    let (code, printed) = end(child);
    assert_eq!(code, Some(130), "{printed}");
    assert!(printed.contains("will go on") && printed.contains("status --cancel"), "{printed}");
    wait_until("a job ends without a driver", || lab.noted("end") == 1);
    let (_, printed) = lab.run(&["status", "--cancel"]);
    assert!(printed.contains("asked Slurm to cancel"), "{printed}");
    wait_until("none is left", || jobs("PENDING,RUNNING,COMPLETING").is_empty());
    lab.must_reproduce(&args);
    let notes = lab.notes();
    assert!(
        notes["point-double-0"].len() == 2
            && notes.values().all(|lines| lines.last().is_some_and(|line| line[0] == "end")),
        "{notes:?}"
    );
}

#[test]
fn two_checkouts_with_one_shared_folder_get_the_same_results_from_the_same_jobs() {
    if !in_cluster("two_checkouts_with_one_shared_folder_get_the_same_results_from_the_same_jobs", NODES) {
        return;
    }
    let lab = lab();
    let other = lab.sharing("another paper");
    let script = lab.script("date +%N; sleep 0.5");
    let args = ["--nodes", "single,double", "--points", "4", "--script", &script];
    let children = [&lab, &other].map(|lab| lab.start(&args));
    for child in children {
        let (code, printed) = end(child);
        assert_eq!(code, Some(0), "{printed}");
    }
    for (point, lines) in lab.notes() {
        assert_eq!(lines.iter().filter(|line| line[0] == "start").count(), 1, "{point}: {lines:?}");
    }
    assert_eq!(lab.lock(), other.lock());
}

#[test]
fn a_point_that_takes_too_long_ends_at_its_own_limit() {
    if !in_cluster("a_point_that_takes_too_long_ends_at_its_own_limit", NODES) {
        return;
    }
    let lab = lab();
    let (code, printed) =
        lab.reproduce(&["--nodes", "double", "--limit", "2", "--script", &lab.script("echo so far; sleep 100")]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("after its limit of 2 s") && printed.contains("| so far"), "{printed}");
}

#[test]
fn what_is_wrong_with_the_cluster_is_reported_before_anything_is_submitted() {
    if !in_cluster("what_is_wrong_with_the_cluster_is_reported_before_anything_is_submitted", NODES) {
        return;
    }
    let lab = lab();
    let refused = |needs: &str, named: &str| {
        lab.describe(needs);
        let (code, printed) = lab.reproduce(&["--nodes", "a"]);
        assert_eq!(code, Some(1), "{needs}: {printed}");
        assert!(printed.contains(named) && printed.contains("\nhint: "), "{needs}: {printed}");
        assert_eq!(slurm("squeue", &["--noheader", "--states=all"]), "", "{needs}");
    };
    refused("[needs.b]\nconstraint = \"single\"\n", "does not describe `a`");
    refused("[needs.a]\nconstraint = \"tripple\"\n", "Invalid feature specification");
    refused("[needs.a]\npartition = \"none\"\n", "invalid partition specified: none");
    refused("[needs.a]\ngres = \"gpu:1\"\n", "Invalid generic resource");
    let own = lab.root.join("cluster.toml");
    for (text, named) in
        [("shared = \"/s\"\nnodes = 3\n", "unknown field `nodes`"), ("shared = \"s\"\n", "must begin with /")]
    {
        fs::write(&own, text).expect("a file");
        let (_, printed) = lab.reproduce(&["--nodes", "a"]);
        assert!(printed.contains(named) && printed.contains("cluster.toml"), "{printed}");
    }
    fs::remove_file(&own).expect("it is there");
    assert!(lab.reproduce(&["--nodes", "a"]).1.contains("docs/cluster.md"));
    // The hardware is not known, and a plan asks no node.
    lab.describe("[needs.a]\nconstraint = \"single\"\n");
    let (_, printed) = lab.run(&["plan", "--on", "slurm", "--nodes", "a"]);
    assert!(printed.contains("not known yet"), "{printed}");
    assert_eq!(slurm("squeue", &["--noheader", "--states=all"]), "");
    // A folder that only this machine sees.
    let hidden = "mount -t tmpfs tmpfs \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", hidden]).arg(&lab.shared);
    command.arg(env!("CARGO_BIN_EXE_fleet"));
    let output =
        command.args(["reproduce", "--on", "slurm", "--nodes", "a"]).current_dir(&lab.root).output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("does not see") && printed.contains(&*lab.shared.to_string_lossy()), "{printed}");
    // Nobody answers.
    slurm("controller", &["stop"]);
    let (code, printed) = lab.reproduce(&["--nodes", "a"]);
    assert!(code == Some(1) && printed.contains("Unable to contact") && printed.contains("scontrol ping"), "{printed}");
    let mut command = lab.command(&["reproduce", "--on", "slurm", "--nodes", "a"]);
    let output = command.env("PATH", "/nowhere").output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("`sbatch` is not installed"));
}
