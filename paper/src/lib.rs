//! The paper itself: what the text says in numbers (facts), what it concludes (claims), and how it becomes a PDF
//! and a page, and its figures pictures. Knows no device and draws no figure; all it learns comes from the files of its input folder.

pub mod claims;
pub mod compile;
pub mod evidence;
pub mod facts;
pub mod number;
pub mod page;
pub mod pictures;

pub use claims::Claim;
pub use compile::compile;
pub use evidence::{Evidence, Subject};
pub use facts::{Facts, Table};
