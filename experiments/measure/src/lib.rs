//! Everything that uses a device: networks as models, the measurement of points and layers, and the state of the machine. Independent of figures, claims and stores.

pub mod formula;
pub mod weights;

#[cfg(feature = "flex")]
pub mod accuracy;
#[cfg(feature = "flex")]
pub mod checkpoint;
#[cfg(feature = "flex")]
pub mod export;
#[cfg(feature = "flex")]
pub mod forward;
#[cfg(feature = "flex")]
pub mod model;
#[cfg(feature = "flex")]
pub mod on_demand;
#[cfg(feature = "flex")]
pub mod onnx_file;

pub mod device;
pub mod devices;
pub mod implied;
pub mod interference;
pub mod layers;
pub mod measured;
pub mod memory;
pub mod passes;
pub mod point;
pub mod power;
pub mod rail;
pub mod record;
pub mod roots;
pub mod window;
pub mod workload;

pub mod doctor;
pub mod environment;
pub mod sensors;
pub mod supervisor;
pub mod worker;
