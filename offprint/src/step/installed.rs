//! Declaring a step with an installed program: Python, R, gnuplot or any other.

use super::{Input, Program, Step};

impl Step {
    /// Runs the program of that name on PATH, instead of one of the workspace. The version it prints and the digest of
    /// its executable are in the step's key.
    ///
    /// It starts in an empty folder with `input/` and `output/`, and only sees `PATH`, the fixed variables of
    /// [`ENVIRONMENT`](crate::run::ENVIRONMENT), and what [`environment`](Self::environment) declares.
    pub fn installed(mut self) -> Self {
        self.program = Program::Installed(self.program.name().into());
        self
    }

    /// The file of the checkout at `path` is a script for the program: an input under its own name, and the next
    /// argument, `input/NAME`. Call this before [`args`](Self::args) to put it first, as `python3` and `Rscript`
    /// expect.
    ///
    /// Modules that the script loads from its own folder are declared as further inputs.
    pub fn script(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        self.args.push(format!("input/{name}").into());
        self.inputs.push(Input::file(path, name));
        self
    }

    /// The file of the checkout at `path` decides the result although the program does not read it: the lock file of
    /// another language's packages, for example `requirements.txt` or `renv.lock`. Its digest is in the step's key.
    pub fn lockfile(mut self, path: impl Into<String>) -> Self {
        self.lockfiles.push(path.into().into());
        self
    }
}
