//! Which software computed, by its name in a record, and which other machines are the same hardware with other
//! software. Independent of figures.

use crate::counts::bytes_per_number;
use crate::machines::Machine;
use crate::record::DeviceIdentity;

/// The start of the name of the project's own kernels in records.
const KERNELS: &str = "kernels";
/// The same of ONNX Runtime.
const ONNXRUNTIME: &str = "ONNX Runtime";

/// The library whose operators computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operators {
    /// The project's own kernels.
    Kernels,
    /// Those of burn.
    Library,
    /// Those of ONNX Runtime.
    Onnxruntime,
    /// None: the times are from a model.
    Model,
}

impl Operators {
    /// The operators of a device in a record.
    pub fn of(device: &DeviceIdentity) -> Self {
        match device {
            DeviceIdentity { simulated: true, .. } => Self::Model,
            DeviceIdentity { backend, .. } if backend.starts_with(KERNELS) => Self::Kernels,
            DeviceIdentity { backend, .. } if backend.starts_with(ONNXRUNTIME) => Self::Onnxruntime,
            _ => Self::Library,
        }
    }

    /// Their name in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::Library => "library",
            Self::Onnxruntime => "onnxruntime",
            Self::Model => "model",
        }
    }
}

impl Machine {
    /// Whether its records are of the same hardware as `device` and of the same number format, but of other software.
    pub fn is_other_software_on(&self, device: &DeviceIdentity) -> bool {
        let own = &self.estimates.device;
        let is_measured = !own.simulated && !device.simulated;
        let same_numbers = bytes_per_number(&own.kind) == bytes_per_number(&device.kind);
        is_measured && same_numbers && own.hardware == device.hardware && own.kind != device.kind
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::estimates::Estimates;
    use crate::record::Protocol;

    fn device(kind: &str, hardware: &str, backend: &str) -> DeviceIdentity {
        let [kind, hardware, backend] = [kind, hardware, backend].map(str::to_owned);
        DeviceIdentity { simulated: kind == "simulated", kind, hardware, backend }
    }

    fn machine(device: DeviceIdentity) -> Machine {
        let estimates = Estimates {
            device,
            protocol: Protocol::default(),
            sessions_asked: 1,
            between_sessions: None,
            memory_between_sessions: None,
            environment: std::collections::BTreeMap::new(),
            points: Vec::new(),
            accuracies: crate::MeasuredAccuracies::default(),
        };
        Machine { name: String::new(), estimates }
    }

    /// Estimates without points.
    pub(crate) fn estimates() -> Estimates {
        machine(device("cpu", "a", "kernels")).estimates
    }

    #[test]
    fn the_backend_decides_which_operators_computed() {
        let of = |kind, backend| Operators::of(&device(kind, "a", backend));
        assert_eq!(of("cpu", "kernels (AVX-512), tensors of burn 0.22.1"), Operators::Kernels);
        assert_eq!(of("cpu", "burn 0.22.1 (flex), as the processor has no fused multiply-add"), Operators::Library);
        assert_eq!(of("vulkan", "burn 0.22.1 (wgpu on Vulkan, fusion, autotune)"), Operators::Library);
        let onnxruntime = of("cpu-onnxruntime", "ONNX Runtime 1.32.0 (CPUExecutionProvider), Python 3.11.7");
        assert_eq!(onnxruntime, Operators::Onnxruntime);
        assert_eq!(of("simulated", "roofline model"), Operators::Model);
    }

    #[test]
    fn other_software_is_another_kind_of_device_on_the_same_hardware_with_the_same_number_format() {
        let own = device("cpu", "a, 2 cores", "kernels (AVX2)");
        let is = |kind, hardware| machine(device(kind, hardware, "burn")).is_other_software_on(&own);
        assert!(is("cpu-burn", "a, 2 cores"));
        for (kind, hardware) in [
            ("cpu", "a, 2 cores"),
            ("cpu-burn", "b, 2 cores"),
            ("cpu-burn-f16", "a, 2 cores"),
            ("simulated", "a, 2 cores"),
        ] {
            assert!(!is(kind, hardware), "{kind} {hardware}");
        }
    }
}
