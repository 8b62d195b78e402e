//! Why steps do not form a graph. Each error names the step and a remedy.

use super::{INSIDE, OUTDATED};

/// Why steps do not form a graph.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// A name, path or output that could leave its folder, or that is not a valid file name.
    #[error(
        "step {step}: `{name}` is not a valid name\nhint: names are words separated by single `/`, without `.` and `..`"
    )]
    Name {
        /// The step.
        step: String,
        /// The invalid name.
        name: String,
    },
    /// Two steps with the same name.
    #[error("step {0} is declared twice\nhint: give one of them another name")]
    StepTwice(String),
    /// An output, or a path of the input folder, that is declared twice.
    #[error("step {step}: `{path}` is declared twice\nhint: give each file its own path")]
    PathTwice {
        /// The step.
        step: String,
        /// The path.
        path: String,
    },
    /// Outputs of two steps with the same path.
    #[error(
        "step {step}: `{export}` is also the path of an output of step {other} in output/ and in a publication\nhint: \
         declare the output with `output_at` and another path"
    )]
    ExportTwice {
        /// The step.
        step: String,
        /// The step that was declared first.
        other: String,
        /// The path.
        export: String,
    },
    /// An output with the path of a publication's own file.
    #[error(
        "step {step}: `{export}` is a file of every publication\nhint: declare the output with `output_at` and another \
         path"
    )]
    ExportReserved {
        /// The step.
        step: String,
        /// The path.
        export: String,
    },
    /// A path below a file.
    #[error("step {step}: `{path}` cannot be below `{file}`, which is a file\nhint: give one of them another path")]
    Below {
        /// The step.
        step: String,
        /// The path.
        path: String,
        /// That file.
        file: String,
    },
    /// A kind of hardware that is not a valid name.
    #[error(
        "step {step}: `{kind}` is not a kind of hardware\nhint: name the kind in one word without `/` and `+`, for \
         example `cpu`"
    )]
    Kind {
        /// The step.
        step: String,
        /// The kind.
        kind: String,
    },
    /// A program of the workspace without sources: no edit would run the step again.
    #[error(
        "step {step}: no sources are declared for its program `{program}`, so no edit would run it again\nhint: \
         declare them with `sources`, for example `.sources([\"{program}/src/**/*.rs\"])`"
    )]
    Sources {
        /// The step.
        step: String,
        /// The program.
        program: String,
    },
    /// An input from a step that is not declared.
    #[error(
        "step {step}: input `{path}` is from step {from}, which is not declared\nhint: declare {from}, or read from a \
         step that is declared"
    )]
    UnknownStep {
        /// The step.
        step: String,
        /// Path of the input in its folder.
        path: String,
        /// The step to read from.
        from: String,
    },
    /// An input that the other step does not write.
    #[error(
        "step {step}: input `{path}` is `{output}` of step {from}, which writes {known}\nhint: declare `{output}` as \
         an output of {from}, or read one of those it writes"
    )]
    UnknownOutput {
        /// The step.
        step: String,
        /// Path of the input in its folder.
        path: String,
        /// The step to read from.
        from: String,
        /// The output to read.
        output: String,
        /// The outputs of that step.
        known: String,
    },
    /// An optional input that the step may not have.
    #[error("step {step}: optional input `{path}` {problem}")]
    Optional {
        /// The step.
        step: String,
        /// Path of the input in its folder.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An exact step that depends on the user's environment.
    #[error(
        "step {step}: variables of the environment are in no key, so an exact step cannot have any\nhint: give the \
         value as an argument, or declare the step as measured or observed"
    )]
    Environment {
        /// The step.
        step: String,
    },
    /// A path that the engine itself writes.
    #[error(
        "step {step}: `{OUTDATED}` is the name of the file that lists outdated inputs\nhint: give the input another \
         path"
    )]
    Reserved {
        /// The step.
        step: String,
    },
    /// A path that is empty or leads outside the checkout.
    #[error("step {step}: {what} `{path}` is outside the checkout\nhint: {INSIDE}")]
    Outside {
        /// The step.
        step: String,
        /// Its role, such as input or script.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// An installed program that is not declared by its name.
    #[error(
        "step {step}: `{program}` is not the name of a program\nhint: declare an installed program by its name, as it \
         is found on PATH"
    )]
    Program {
        /// The step.
        step: String,
        /// The program.
        program: String,
    },
    /// A cycle: each step reads from the next, and the last from the first.
    #[error("steps wait for each other: {}\nhint: remove one of the inputs that one of them reads from \
        another", .0.join(", "))]
    Cycle(Vec<String>),
}
