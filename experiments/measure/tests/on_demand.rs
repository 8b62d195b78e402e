//! The program `measure passes`: its responses, and that it waits without using the processor.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

fn passes(change: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
    command.args(["passes", "--network", "bn-nin"]).args(change);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program while it runs.
struct Running {
    program: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start() -> Self {
        let mut program = passes(&[]).spawn().expect("the program starts");
        let input = program.stdin.take().expect("it has an input");
        let output = BufReader::new(program.stdout.take().expect("it has an output"));
        Self { program, input, output }
    }

    fn response(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line of text");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    fn request(&mut self, line: &str) -> Value {
        writeln!(self.input, "{line}").expect("it reads");
        self.response()
    }

    /// Processor time of all its threads, in ticks of a hundredth of a second: the fields 14 and 15 of proc_pid_stat(5).
    #[cfg(target_os = "linux")]
    fn ticks(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.program.id())).expect("it runs");
        let (_, fields) = text.rsplit_once(')').expect("a name in brackets");
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum()
    }
}

/// Its output for this input.
fn ended(change: &[&str], input: &str) -> Output {
    let mut program = passes(change).spawn().expect("the program starts");
    // If it has refused its arguments, it no longer reads.
    program.stdin.take().expect("it has an input").write_all(input.as_bytes()).ok();
    program.wait_with_output().expect("the program ends")
}

fn times(response: &Value) -> Vec<f64> {
    let times: Vec<f64> = serde_json::from_value(response["seconds"].clone()).unwrap_or_else(|_| panic!("{response}"));
    assert!(times.iter().all(|time| (1e-4..60.0).contains(time)), "{times:?}");
    times
}

#[test]
fn passes_run_on_request_and_memory_is_reported() {
    let mut running = Running::start();
    let ready = running.response();
    assert_eq!(ready["ready"], true);
    let bytes = |response: &Value, name: &str| response[name].as_u64().unwrap_or_else(|| panic!("{response}: {name}"));
    let (resident, building) = (bytes(&ready, "resident_bytes"), bytes(&ready, "building_peak_bytes"));
    // Its weights alone take 30 MB.
    assert!(30_000_000 < resident && resident <= building, "{ready}");
    assert_eq!(times(&running.request("passes 2")).len(), 2);
    assert!(times(&running.request("seconds 0.05")).iter().sum::<f64>() >= 0.05);
    assert!(times(&running.request("seconds 0 3")).len() >= 3);
    let Running { program, input, mut output } = running;
    drop(input);
    let mut last = String::new();
    output.read_line(&mut last).expect("a line of text");
    let last: Value = serde_json::from_str(&last).expect("JSON");
    assert!(bytes(&last, "peak_bytes") > resident && last["covers"].is_string(), "{last}");
    assert!(program.wait_with_output().expect("the program ends").status.success());
}

#[test]
fn the_logits_of_its_first_image_are_the_oracles() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracle/logits.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("it exists")).expect("it parses");
    // Timed networks have weights with the gain 6, as in the oracle for this network.
    assert_eq!(oracle["bn-nin"]["gain"], measure::formula::GAIN);
    let expected: Vec<f64> = serde_json::from_value(oracle["bn-nin"]["logits"][0].clone()).expect("logits");
    let mut running = Running::start();
    running.response();
    running.request("passes 1");
    let logits: Vec<f64> = serde_json::from_value(running.request("logits")["logits"].clone()).expect("logits");
    let largest = expected.iter().fold(0.0_f64, |largest, logit| largest.max(logit.abs()));
    assert_eq!(logits.len(), expected.len());
    assert!(logits.iter().zip(&expected).all(|(ours, theirs)| (ours - theirs).abs() <= 2e-4 * largest));
    running.program.kill().expect("it runs");
    running.program.wait().expect("it ends");
}

#[test]
#[cfg(target_os = "linux")]
fn the_program_waits_without_using_the_processor() {
    let mut running = Running::start();
    running.response();
    running.request("passes 2");
    // Threads that have just computed may poll for more work for a moment.
    std::thread::sleep(Duration::from_millis(200));
    let before = running.ticks();
    assert!(before > 0);
    std::thread::sleep(Duration::from_millis(500));
    let used = running.ticks() - before;
    assert!(used <= 1, "{used} hundredths of a second in half a second");
    running.program.kill().expect("it runs");
    running.program.wait().expect("it ends");
}

#[test]
fn invalid_requests_and_arguments_are_errors() {
    let text = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    for (change, input, expected) in [
        (&[][..], "passes many\n", "\"passes many\" is not a request\nhint: "),
        (&[], "logits\n", "there has been no pass"),
        (&["--batch", "0"], "", "--batch is 0"),
        (&["--vectors", "avx3"], "", "--vectors"),
    ] {
        let output = ended(change, input);
        assert!(!output.status.success() && text(&output).contains(expected), "{change:?}: {}", text(&output));
    }
}
