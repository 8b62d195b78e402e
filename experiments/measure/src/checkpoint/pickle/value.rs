//! The values of a pickle. They refer to each other by number, as shared values and cycles need it.

use super::class::Class;
use crate::checkpoint::element::Element;

/// The number of a value.
pub type Id = usize;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Truth(bool),
    /// A number of at most 64 bits.
    Int(i64),
    /// A longer number, little-endian.
    Long(Vec<u8>),
    /// Text.
    Text(String),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A list.
    List(Vec<Id>),
    /// Keys and values in the order of insertion; keys may repeat.
    Dict(Vec<(Id, Id)>),
    /// A name of Python.
    Class(Class),
    /// A storage.
    Area(Box<Area>),
    /// A tensor.
    View(Box<View>),
    /// Anything else.
    Other,
}

/// A storage, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Its name in the file.
    pub key: String,
    /// The type of its elements.
    pub element: Element,
    /// Number of elements in the storage.
    pub elements: u64,
    /// The first element of the part, and their number; none if it is the whole storage.
    pub part: Option<(u64, u64)>,
}

/// A tensor.
#[derive(Clone, Debug)]
pub struct View {
    /// Its storage.
    pub area: Area,
    /// Its first element in the storage.
    pub offset: usize,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Distances between neighbours in each dimension [elements].
    pub strides: Vec<usize>,
}
