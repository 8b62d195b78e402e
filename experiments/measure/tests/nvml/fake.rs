//! A fake of the library of NVIDIA's driver: NVML functions with the names, types and numbers of its API reference, for
//! two GPUs of 150 W and 40 W. It is compiled by the test that opens it; `case` selects the kind of machine.

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::time::{SystemTime, UNIX_EPOCH};

const SUCCESS: c_uint = 0;
const NOT_SUPPORTED: c_uint = 3;
const NO_PERMISSION: c_uint = 4;
const NOT_LOADED: c_uint = 9;
const GPU_LOST: c_uint = 15;
const MISMATCH: c_uint = 18;

const MILLIWATTS: [u32; 2] = [150_000, 40_000];

/// The index of a GPU; its handle is an address that is never dereferenced.
fn index(device: *mut c_void) -> usize {
    device as usize - 1
}

fn is(case: &str) -> bool {
    let present = if cfg!(case = "mismatch") {
        "mismatch"
    } else if cfg!(case = "forbidden") {
        "forbidden"
    } else if cfg!(case = "unloaded") {
        "unloaded"
    } else if cfg!(case = "instant") {
        "instant"
    } else if cfg!(case = "usage") {
        "usage"
    } else if cfg!(case = "kepler") {
        "kepler"
    } else if cfg!(case = "silent") {
        "silent"
    } else if cfg!(case = "partitioned") {
        "partitioned"
    } else if cfg!(case = "lost") {
        "lost"
    } else {
        "counter"
    };
    present == case
}

fn write(text: &str, to: *mut c_char, length: c_uint) {
    for (index, byte) in text.bytes().chain([0]).enumerate().take(length as usize) {
        unsafe { *to.add(index) = byte as c_char };
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInit_v2() -> c_uint {
    if is("mismatch") {
        MISMATCH
    } else if is("forbidden") {
        NO_PERMISSION
    } else if is("unloaded") {
        NOT_LOADED
    } else {
        SUCCESS
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlShutdown() -> c_uint {
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlSystemGetDriverVersion(version: *mut c_char, length: c_uint) -> c_uint {
    write("550.54.15", version, length);
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCount_v2(count: *mut c_uint) -> c_uint {
    unsafe { *count = 2 };
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, device: *mut *mut c_void) -> c_uint {
    unsafe { *device = (index as usize + 1) as *mut c_void };
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetName(_device: *mut c_void, name: *mut c_char, length: c_uint) -> c_uint {
    write("NVIDIA Fixture 9000", name, length);
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetUUID(device: *mut c_void, uuid: *mut c_char, length: c_uint) -> c_uint {
    write(["GPU-1f2e-0a", "GPU-1f2e-0b"][index(device)], uuid, length);
    SUCCESS
}

#[repr(C)]
pub struct PciInfo {
    legacy: [c_char; 16],
    numbers: [c_uint; 5],
    address: [c_char; 32],
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetPciInfo_v3(device: *mut c_void, info: *mut PciInfo) -> c_uint {
    let info = unsafe { &mut *info };
    info.numbers = [0; 5];
    write(["0000:3B:00.0", "0000:AF:00.0"][index(device)], info.legacy.as_mut_ptr(), 16);
    write(["00000000:3B:00.0", "00000000:AF:00.0"][index(device)], info.address.as_mut_ptr(), 32);
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetArchitecture(_device: *mut c_void, architecture: *mut c_uint) -> c_uint {
    unsafe { *architecture = if is("kepler") { 2 } else { 7 } };
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetCudaComputeCapability(
    device: *mut c_void,
    major: *mut c_int,
    minor: *mut c_int,
) -> c_uint {
    // Those of the GA100 and of another Ampere GPU.
    let (one, two) = if is("kepler") { (3, 5) } else { (8, if index(device) == 0 { 0 } else { 6 }) };
    unsafe { (*major, *minor) = (one, two) };
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetMigMode(_device: *mut c_void, current: *mut c_uint, pending: *mut c_uint) -> c_uint {
    unsafe { (*current, *pending) = (u32::from(is("partitioned")), 0) };
    SUCCESS
}

/// The power of each GPU times the Unix time.
#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetTotalEnergyConsumption(device: *mut c_void, millijoules: *mut c_ulonglong) -> c_uint {
    if is("lost") {
        static ASKED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        if ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 5 {
            return GPU_LOST;
        }
    } else if !is("counter") && !is("partitioned") {
        return NOT_SUPPORTED;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    unsafe { *millijoules = (since.as_secs_f64() * f64::from(MILLIWATTS[index(device)])) as u64 };
    SUCCESS
}

#[repr(C)]
pub struct FieldValue {
    field: c_uint,
    scope: c_uint,
    timestamp: i64,
    latency: i64,
    kind: c_uint,
    result: c_uint,
    value: u64,
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetFieldValues(device: *mut c_void, count: c_int, values: *mut FieldValue) -> c_uint {
    for position in 0..count as usize {
        let value = unsafe { &mut *values.add(position) };
        value.result = if is("instant") && value.field == 186 { SUCCESS } else { NOT_SUPPORTED };
        // Kind 1 is `unsigned int`.
        (value.kind, value.value) = (1, u64::from(MILLIWATTS[index(device)]));
    }
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceGetPowerUsage(device: *mut c_void, milliwatts: *mut c_uint) -> c_uint {
    if is("silent") {
        return NOT_SUPPORTED;
    }
    unsafe { *milliwatts = MILLIWATTS[index(device)] };
    SUCCESS
}
