//! Pictures as a network receives them: decoded, resized, cropped and normalised as torchvision does with Pillow. Independent of networks and devices.

pub mod crop;
#[cfg(feature = "decode")]
pub mod decode;
pub mod list;
pub mod normalise;
pub mod picture;
pub mod preprocessing;
pub mod resample;

pub use list::{Images, ListError};
pub use picture::Picture;
pub use preprocessing::Preprocessing;
