//! Runs a program with every folder outside the system's on a private layer, and lists the files that it opens. The
//! layers are overlays in a mount namespace of its own: nothing is copied, they take whatever the program writes, and
//! only this program uses them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, OsString};
use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change};
use rustix::process::{getgid, getuid};
use rustix::thread::UnshareFlags;
use serde::{Deserialize, Serialize};

use super::folders;
use crate::installed::TIME_FOR_VERSION;

/// The first argument of the process that runs the program.
pub const ISOLATE: &str = "offprint-isolate";
/// Limits: how long folders outside the checkout are listed, and how many are watched.
const LISTING: Duration = Duration::from_secs(3);
const MAX_FOLDERS: usize = 40_000;
/// How often events are read: before the kernel's queue of 16384 events fills up.
const INTERVAL: Duration = Duration::from_millis(2);

/// Opens, and the events that show whether a file is read first or written first.
const EVENTS: WatchFlags = WatchFlags::OPEN
    .union(WatchFlags::ACCESS)
    .union(WatchFlags::CLOSE_NOWRITE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ONLYDIR);

/// The files that a program used. Paths are absolute.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Seen {
    /// Files that it opened before it wrote to them.
    pub opened: BTreeSet<String>,
    /// Files that it opens even to print its version: they are part of it.
    pub own: BTreeSet<String>,
    /// Files that it created, or wrote before it read them.
    pub written: BTreeSet<String>,
    /// Folders below which more files may have been opened, each with the number of unwatched folders; 0 when none was
    /// watched.
    pub unwatched: BTreeMap<String, usize>,
    /// Why the program was not run; none when it was.
    pub problem: Option<String>,
}

/// Where a program runs and what is isolated.
#[derive(Debug, Deserialize, Serialize)]
pub struct Sandbox {
    /// The folder it runs in, which gets no layer.
    pub folder: PathBuf,
    /// An empty folder for the layers.
    pub layers: PathBuf,
    /// The top of the checkout.
    pub checkout: PathBuf,
    /// Whether to ask the program for its version first.
    pub is_installed: bool,
    /// Where to write what was [`Seen`].
    pub report: PathBuf,
}

/// Runs the program given by the arguments after [`ISOLATE`]: a [`Sandbox`] in JSON, the program, its arguments. Ends
/// as the program does.
pub fn serve(args: &[OsString]) -> io::Result<ExitCode> {
    let [sandbox, program, args @ ..] = args else { return Err(io::Error::other("too few arguments")) };
    let sandbox: Sandbox = serde_json::from_slice(sandbox.as_bytes())?;
    // Before a layer hides it.
    let report = File::create(&sandbox.report)?;
    let mut watched = match set_up(&sandbox) {
        Ok(watched) => watched,
        Err(problem) => {
            serde_json::to_writer(report, &Seen { problem: Some(problem), ..Seen::default() })?;
            return Ok(ExitCode::FAILURE);
        }
    };
    // This process still has the working folder below the layers.
    let command = || {
        let mut command = Command::new(program);
        command.current_dir(&sandbox.folder);
        command
    };
    if sandbox.is_installed {
        let mut version = command();
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        watched.along(&mut version, Some(TIME_FOR_VERSION))?;
        watched.seen.own = std::mem::take(&mut watched.seen.opened);
    }
    let status = watched.along(command().args(args), None)?;
    serde_json::to_writer(report, &watched.seen)?;
    Ok(code(status))
}

/// The exit code as a shell reports it.
fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| Some(128 + status.signal()?)).and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

fn set_up(sandbox: &Sandbox) -> Result<Watched, String> {
    let cannot = |what: &'static str| move |error: io::Error| format!("cannot {what}: {error}");
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(cannot("list the mounted file systems"))?;
    let tops = folders::isolated(&mounts, &sandbox.checkout).map_err(cannot("list the top folder"))?;
    enter().map_err(cannot("make a mount namespace"))?;
    let folder = open(&sandbox.folder).map_err(cannot("open the working folder"))?;
    mount("tmpfs", &sandbox.layers, "tmpfs", MountFlags::empty(), None)
        .map_err(|error| cannot("mount a file system in memory")(error.into()))?;
    // A layer hides what is mounted below it, so everything is opened before the first is mounted.
    let layers =
        tops.iter().enumerate().filter_map(|(number, top)| Layer::new(top, &sandbox.layers.join(number.to_string())));
    let layers: Vec<Layer> = layers.collect();
    let mut seen = Seen::default();
    let mut roots = vec![sandbox.checkout.clone()];
    for layer in &layers {
        let is_hidden = roots.iter().skip(1).any(|root| layer.path.starts_with(root));
        match layer.put() {
            Ok(()) => roots.push(layer.path.clone()),
            Err(error) if layer.path == sandbox.checkout => return Err(cannot("put a layer over the checkout")(error)),
            Err(_) => {
                if is_hidden {
                    layer.keep().map_err(cannot("keep a mounted file system"))?;
                }
                seen.unwatched.insert(layer.path.display().to_string(), 0);
            }
        }
    }
    mount_bind(of(&folder), &sandbox.folder).map_err(|error| cannot("keep the working folder")(error.into()))?;
    Watched::new(seen, &roots, sandbox).map_err(cannot("watch the checkout"))
}

/// Moves this process, which has one thread, to a mount namespace of its own: directly where it may, else as root of a
/// new user namespace.
fn enter() -> io::Result<()> {
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    if unshare(UnshareFlags::NEWNS).is_err() {
        unshare(UnshareFlags::NEWNS | UnshareFlags::NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    Ok(mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?)
}

#[expect(deprecated, reason = "only CLONE_FILES is unsafe, and it is not used here")]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    Ok(rustix::thread::unshare(flags)?)
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

/// A path to an open file, even where a layer hides it.
fn of(file: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// A folder, or a mounted file, and its layer.
struct Layer {
    path: PathBuf,
    lower: OwnedFd,
    /// The folders that take writes and where the kernel prepares them; none for a file.
    upper: Option<(OwnedFd, OwnedFd)>,
}

impl Layer {
    /// None when this user may not open it: then the program may not, either.
    fn new(path: &Path, own: &Path) -> Option<Self> {
        let lower = open(path).ok()?;
        let facts = fs::metadata(path).ok()?;
        let upper = || -> io::Result<(OwnedFd, OwnedFd)> {
            let (upper, work) = (own.join("upper"), own.join("work"));
            fs::create_dir_all(&upper)?;
            fs::create_dir_all(&work)?;
            fs::set_permissions(&upper, facts.permissions())?;
            Ok((open(&upper)?, open(&work)?))
        };
        let upper = if facts.is_dir() { upper().ok() } else { None };
        Some(Self { path: path.to_owned(), lower, upper })
    }

    fn put(&self) -> io::Result<()> {
        let Some((upper, work)) = &self.upper else { return Err(io::Error::other("it is not a folder")) };
        let [lower, upper, work] = [&self.lower, upper, work].map(|file| of(file).display().to_string());
        let options = CString::new(format!("lowerdir={lower},upperdir={upper},workdir={work}"))?;
        Ok(mount("overlay", &self.path, "overlay", MountFlags::empty(), options.as_c_str())?)
    }

    /// Mounts it unchanged, over the layer that hides it.
    fn keep(&self) -> io::Result<()> {
        Ok(mount_bind(of(&self.lower), &self.path)?)
    }
}

/// The watched folders, and what was seen in them.
struct Watched {
    events: OwnedFd,
    folders: BTreeMap<i32, PathBuf>,
    /// Files opened, but neither read nor written so far.
    open: BTreeSet<String>,
    seen: Seen,
}

impl Watched {
    /// Watches the working folder's inputs, the checkout, and the nearest folders of the other `roots`.
    fn new(seen: Seen, roots: &[PathBuf], sandbox: &Sandbox) -> io::Result<Self> {
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let mut watched = Self { events, folders: BTreeMap::new(), open: BTreeSet::new(), seen };
        // Listed first, watched afterwards: listing opens folders, too.
        let mut list = folders::below(&sandbox.folder.join("input"));
        let needed = list.len();
        let began = Instant::now();
        let is_over = |count: usize| count >= MAX_FOLDERS || began.elapsed() > LISTING;
        let left = folders::nearest(roots, &sandbox.folder, &mut list, is_over);
        watched.not_watched(&left);
        for (number, folder) in list.iter().enumerate() {
            match inotify::add_watch(&watched.events, folder, EVENTS) {
                Ok(watch) => drop(watched.folders.insert(watch, folder.clone())),
                // The limit of this user.
                Err(rustix::io::Errno::NOSPC) if number > needed => {
                    watched.not_watched(&list[number..]);
                    break;
                }
                Err(rustix::io::Errno::NOSPC) => return Err(rustix::io::Errno::NOSPC.into()),
                // Removed, or not readable by this user.
                Err(_) => {}
            }
        }
        Ok(watched)
    }

    /// Counts folders by top folder.
    fn not_watched(&mut self, folders: &[PathBuf]) {
        for folder in folders {
            let top: PathBuf = folder.components().take(2).collect();
            *self.seen.unwatched.entry(top.display().to_string()).or_default() += 1;
        }
    }

    /// Runs `command` to its end or its limit, and records what it opens.
    fn along(&mut self, command: &mut Command, limit: Option<Duration>) -> io::Result<ExitStatus> {
        let (mut child, began) = (command.spawn()?, Instant::now());
        loop {
            if limit.is_some_and(|limit| began.elapsed() > limit) {
                child.kill()?;
            }
            let status = child.try_wait()?;
            self.drain()?;
            if let Some(status) = status {
                // It may have mapped them into memory.
                self.seen.opened.append(&mut self.open);
                return Ok(status);
            }
            std::thread::sleep(INTERVAL);
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        let mut buffer = [MaybeUninit::uninit(); 64 << 10];
        let mut reader = Reader::new(&self.events, &mut buffer);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                self.seen.unwatched.insert("/".to_owned(), 0);
            }
            if event.events().contains(ReadFlags::ISDIR) {
                continue;
            }
            let name = event.file_name().map(CStr::to_bytes).unwrap_or_default();
            let Some(folder) = self.folders.get(&event.wd()).filter(|_| !name.is_empty()) else { continue };
            let path = folder.join(std::ffi::OsStr::from_bytes(name));
            let text = path.to_string_lossy().into_owned();
            let events = event.events();
            // A file that it writes before reading is its own.
            if events.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::MODIFY) {
                if !self.seen.opened.contains(&text) {
                    self.open.remove(&text);
                    self.seen.written.insert(text);
                }
            } else if self.seen.written.contains(&text) {
                continue;
            } else if events.intersects(ReadFlags::ACCESS | ReadFlags::CLOSE_NOWRITE) {
                self.open.remove(&text);
                self.seen.opened.insert(text);
            } else {
                self.open.insert(text);
            }
        }
    }
}
