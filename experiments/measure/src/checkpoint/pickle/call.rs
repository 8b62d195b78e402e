//! What the calls and references of a state dict's pickle stand for: dictionaries, tensors, parameters, storages.

use super::class::Class;
use super::value::{Area, Id, Value, View};
use super::{Machine, QUOTED};
use crate::checkpoint::error::CheckpointError;

/// More dimensions than PyTorch's layers have.
const MAX_DIMENSIONS: usize = 16;

impl Machine<'_> {
    fn items(&self, id: Id) -> Result<&[Id], CheckpointError> {
        match &self.values[id] {
            Value::Tuple(items) | Value::List(items) => Ok(items),
            _ => Err(self.error("a tuple or list is missing")),
        }
    }

    fn count(&self, id: Id) -> Result<usize, CheckpointError> {
        match self.values[id] {
            Value::Int(value) => {
                usize::try_from(value).map_err(|_| self.error(format!("{value} for a number or size")))
            }
            _ => Err(self.error("a number is missing")),
        }
    }

    fn sizes(&self, id: Id) -> Result<Vec<usize>, CheckpointError> {
        let items = self.items(id)?;
        if items.len() > MAX_DIMENSIONS {
            return Err(
                self.error(format!("a tensor of {} dimensions; at most {MAX_DIMENSIONS} are read", items.len()))
            );
        }
        items.iter().map(|item| self.count(*item)).collect()
    }

    /// The value of calling `callable`.
    pub(super) fn call(&mut self, callable: Id, arguments: Id) -> Result<Value, CheckpointError> {
        let Value::Class(class) = &self.values[callable] else {
            return Err(self.error("a call of a value that is no function"));
        };
        match class {
            Class::Other => Ok(Value::Other),
            Class::Dict => self.dict(arguments),
            Class::Tensor => self.tensor(arguments),
            Class::Parameter => match self.items(arguments)?.first().map(|data| &self.values[*data]) {
                Some(Value::View(view)) => Ok(Value::View(view.clone())),
                _ => Err(self.error("a parameter without a tensor")),
            },
            Class::Size => {
                let [sizes] = *self.items(arguments)? else { return Err(self.error("sizes that are no tuple")) };
                let sizes = self.items(sizes)?.to_vec();
                self.spend(sizes.len())?;
                Ok(Value::Tuple(sizes))
            }
            Class::Storage(_) => Err(self.error("a storage within the pickle")),
        }
    }

    /// `OrderedDict()`, `defaultdict(list)`, or as Python 2 has it, `OrderedDict([[key, value], …])`.
    fn dict(&mut self, arguments: Id) -> Result<Value, CheckpointError> {
        let Some(&items) = self.items(arguments)?.first() else { return Ok(Value::Dict(Vec::new())) };
        if let Value::Class(_) = self.values[items] {
            return Ok(Value::Dict(Vec::new()));
        }
        let pairs = self.items(items)?.iter().map(|pair| match *self.items(*pair)? {
            [key, value] => Ok((key, value)),
            _ => Err(self.error("an item of a dictionary that is no pair")),
        });
        let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
        // Many calls may have the same list.
        self.spend(pairs.len())?;
        Ok(Value::Dict(pairs))
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, …)`.
    fn tensor(&self, arguments: Id) -> Result<Value, CheckpointError> {
        let [area, offset, shape, strides, ..] = *self.items(arguments)? else {
            return Err(self.error("a tensor without storage, offset, size and stride"));
        };
        let Value::Area(area) = &self.values[area] else { return Err(self.error("a tensor without a storage")) };
        let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
        Ok(Value::View(Box::new(View { area: (**area).clone(), offset: self.count(offset)?, shape, strides })))
    }

    /// `("storage", torch.FloatStorage, key, location, elements)`, in the legacy format followed by `None` or
    /// `(key, first element, elements)` of a part.
    pub(super) fn area(&self, identifier: Id) -> Result<Area, CheckpointError> {
        let (kind, class, key, elements, part) = match *self.items(identifier)? {
            [kind, class, key, _, elements] => (kind, class, key, elements, None),
            [kind, class, key, _, elements, part] => (kind, class, key, elements, Some(part)),
            [kind, ..] if self.is_text(kind, "module") => {
                return Err(self.error("the source code of a module, as `torch.save(model)` writes it"));
            }
            _ => return Err(self.error("a reference that is no storage")),
        };
        let Value::Class(Class::Storage(element)) = &self.values[class] else {
            return Err(self.error("a storage without a type"));
        };
        let key = match &self.values[key] {
            Value::Text(key) if key.len() <= QUOTED => key.clone(),
            Value::Int(key) => key.to_string(),
            _ => return Err(self.error("a storage without a name")),
        };
        if !self.is_text(kind, "storage") {
            return Err(self.error("a reference that is no storage"));
        }
        let part = part.filter(|part| !matches!(self.values[*part], Value::Nothing));
        let part = part.map(|part| match *self.items(part)? {
            [_, first, count] => Ok((self.count(first)? as u64, self.count(count)? as u64)),
            _ => Err(self.error("a part of a storage without its place")),
        });
        Ok(Area { key, element: element.clone(), elements: self.count(elements)? as u64, part: part.transpose()? })
    }

    fn is_text(&self, id: Id, expected: &str) -> bool {
        matches!(&self.values[id], Value::Text(text) if text == expected)
    }
}
