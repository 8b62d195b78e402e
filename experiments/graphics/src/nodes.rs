//! The graphics processors that the kernel lists, and whether this process may open their nodes.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::Places;
use crate::drivers;

/// The folder of render nodes below sysfs.
const NODES: &str = "class/drm";
/// Files by which containers are known: of Docker, and of Podman and others.
const CONTAINER: [&str; 2] = [".dockerenv", "run/.containerenv"];

/// A graphics processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The name of its render node, as `renderD128`.
    pub name: String,
    /// The minor number of the node.
    pub minor: i64,
    /// The kernel's driver, as `amdgpu`.
    pub driver: String,
    /// Vendor and device on the bus; none when it is not on a bus.
    pub ids: Option<(u32, u32)>,
    /// Its address on the bus, as `0000:03:00.0`.
    pub bus: Option<String>,
}

/// Why something cannot be used, and how to change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The reason.
    pub why: String,
    /// What to do.
    pub hint: String,
}

impl Reason {
    /// A reason with its remedy.
    pub fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.ids {
            Some((vendor, device)) => write!(out, "{} ({vendor:04x}:{device:04x})", self.driver),
            None => write!(out, "{}", self.driver),
        }
    }
}

/// The graphics processors in the order of their nodes, by which `vulkan:1` is the second one.
pub fn list(sysfs: &Path) -> Vec<Node> {
    let entries = fs::read_dir(sysfs.join(NODES)).into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = entries.filter_map(|entry| node(&entry.path())).collect();
    // By name, as the driver of the paper sorts them.
    nodes.sort_by(|one, other| one.name.cmp(&other.name));
    nodes
}

fn node(folder: &Path) -> Option<Node> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let minor = name.strip_prefix("renderD")?.parse().ok()?;
    let device = folder.join("device");
    let driver = fs::read_link(device.join("driver")).ok()?.file_name()?.to_string_lossy().into_owned();
    if drivers::has_no_hardware(&driver) {
        return None;
    }
    let number = |file: &str| {
        let text = fs::read_to_string(device.join(file)).ok()?;
        let digits = text.trim().strip_prefix("0x")?;
        (digits.len() == 4).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    // The folder of a device on the PCI bus is named after its address.
    let place = fs::canonicalize(&device).ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let bus = place.filter(|place| place.len() == 12 && place.as_bytes()[4] == b':' && place.as_bytes()[10] == b'.');
    Some(Node { name, minor, driver, ids: number("vendor").zip(number("device")), bus })
}

impl Node {
    /// The file that a Vulkan driver must open, below `/dev`.
    fn file(&self) -> String {
        match self.driver.as_str() {
            // NVIDIA's own driver computes through a node of its own.
            "nvidia" => "nvidiactl".to_owned(),
            _ => format!("dri/{}", self.name),
        }
    }

    /// Opens the node as a driver does.
    ///
    /// # Errors
    /// Why it cannot be opened, with the remedy.
    pub fn check(&self, places: &Places) -> Result<(), Reason> {
        let file = self.file();
        let path = places.root.join("dev").join(&file);
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(_) => Ok(()),
            Err(error) => Err(closed(&file, &path, &error, &places.root)),
        }
    }
}

/// Why a node is closed, in the kernel's words.
pub(crate) fn closed(file: &str, path: &Path, error: &io::Error, root: &Path) -> Reason {
    let is_contained = CONTAINER.iter().any(|file| root.join(file).exists());
    let is_nvidia = file.starts_with("nvidia");
    let pass = match is_nvidia {
        true => {
            "start the container with `--gpus all --env NVIDIA_DRIVER_CAPABILITIES=all` (Docker) or `--device nvidia.com/gpu=all` (Podman)"
        }
        false => "start the container with `--device /dev/dri`",
    };
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let why = format!("/dev/{file} cannot be opened: {words}");
    let group = group(path, root);
    let hint = match (error.kind(), group) {
        (io::ErrorKind::NotFound, _) if is_contained => pass.to_owned(),
        (io::ErrorKind::NotFound, _) if is_nvidia => {
            "run `nvidia-modprobe -c 0` once, or `nvidia-smi`; in a container, pass the device to it".to_owned()
        }
        (io::ErrorKind::NotFound, _) => {
            format!("in a container or sandbox, {pass}; elsewhere, check that udev runs (`udevadm trigger`)")
        }
        // The control group of a container refuses devices by EPERM, the file's mode by EACCES.
        (io::ErrorKind::PermissionDenied, _) if error.raw_os_error() == Some(1) => pass.to_owned(),
        (io::ErrorKind::PermissionDenied, Some((number, _))) if is_contained => {
            format!("start the container with `--group-add {number}`, the group of the node")
        }
        (io::ErrorKind::PermissionDenied, Some((_, Some(name)))) => {
            format!("run `sudo usermod --append --groups {name} $USER`, then log in again")
        }
        (io::ErrorKind::PermissionDenied, _) => {
            "your user needs the group of the node, usually `render` or `video`: run `sudo usermod --append --groups render,video $USER`, then log in again".to_owned()
        }
        _ => "the kernel's log may say why: run `sudo dmesg`".to_owned(),
    };
    Reason { why, hint }
}

/// The group that may open a file, by number and name. Root's is none that a user should join.
fn group(path: &Path, root: &Path) -> Option<(u32, Option<String>)> {
    let number = fs::metadata(path).ok()?.gid();
    let groups = fs::read_to_string(root.join("etc/group")).unwrap_or_default();
    let named = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, found) = (fields.next()?, fields.next()?, fields.next()?);
        (found.parse() == Ok(number)).then(|| name.to_owned())
    });
    (number != 0).then_some((number, named))
}
