//! The functions and classes of Python that state dicts are pickled with, and what each stands for. All others are refused by name.

use crate::checkpoint::element::Element;

/// What a name stands for. Nothing is ever called.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// A dictionary.
    Dict,
    /// A storage with this type of element.
    Storage(Element),
    /// A view of a storage.
    Tensor,
    /// The sizes of a tensor.
    Size,
    /// A tensor that is a parameter.
    Parameter,
    /// Something that has no weights, such as options of a training.
    Other,
}

/// Names without weights, by module: what checkpoints of trainings have next to their weights.
const OTHERS: [(&str, &str); 10] = [
    ("builtins", "bool bytearray complex dict float frozenset int list object set slice str tuple"),
    ("_codecs", "encode"),
    ("argparse", "Namespace"),
    ("collections", "Counter"),
    ("copyreg", "_reconstructor"),
    ("datetime", "date datetime timedelta"),
    ("numpy", "dtype ndarray float16 float32 float64 int32 int64"),
    ("numpy.core.multiarray", "_reconstruct scalar"),
    ("pathlib", "PosixPath PurePosixPath PureWindowsPath WindowsPath"),
    ("torch", "bfloat16 bool complex64 complex128 device float16 float32 float64 int16 int32 int64 int8 uint8"),
];

/// What `module.name` stands for; none if no state dict needs it.
pub fn class(module: &str, name: &str) -> Option<Class> {
    // Names of Python 2 and of NumPy 2.
    let module = match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        "numpy._core.multiarray" => "numpy.core.multiarray",
        module => module,
    };
    match (module, name) {
        ("collections", "OrderedDict" | "defaultdict") => Some(Class::Dict),
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Class::Tensor),
        ("torch", "Size") => Some(Class::Size),
        ("torch._utils", "_rebuild_parameter") => Some(Class::Parameter),
        ("torch", storage) if storage.ends_with("Storage") => Element::of_storage(storage).map(Class::Storage),
        _ => {
            let is_known =
                |(known, names): &(&str, &str)| *known == module && names.split(' ').any(|known| known == name);
            OTHERS.iter().any(is_known).then_some(Class::Other)
        }
    }
}
