//! Pickles of state dicts: a stack machine for the opcodes of Python's `pickletools` that PyTorch writes. It builds values and calls nothing.
//!
//! The crate `pytorch-reader`, behind burn-store, reads the same files, but it is not strict: calls of unknown functions become opaque
//! values without an error, of several equal names one remains, and errors name no place.

mod call;
mod class;
mod value;

use std::collections::BTreeMap;

use self::class::class;
pub use self::value::{Area, Id, Value, View};
use super::error::CheckpointError;

/// The longest pickle that is read. That of the largest network of the study takes 0.1 MB.
pub const MAX_BYTES: usize = 16 << 20;
/// The most opcodes that are executed, and thereby values that are made.
const MAX_WORK: usize = 1 << 20;
/// The longest name or key that an error quotes [letters].
const QUOTED: usize = 100;

/// A value with all that it refers to.
#[derive(Debug)]
pub struct Pickle {
    values: Vec<Value>,
    root: Id,
    /// Offset of the first byte behind it.
    pub end: usize,
}

impl Pickle {
    /// A value.
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }

    /// The value that was pickled.
    pub fn root(&self) -> Id {
        self.root
    }

    /// All storages and parts of them.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.values.iter().filter_map(|value| match value {
            Value::Area(area) => Some(&**area),
            _ => None,
        })
    }
}

/// Reads the pickle at byte `begin`.
///
/// # Errors
/// It ends early, has an opcode or refers to a name that no state dict needs, contradicts itself, or is too long.
pub fn read(bytes: &[u8], begin: usize) -> Result<Pickle, CheckpointError> {
    let mut machine = Machine { bytes, at: begin, opcode: begin, ..Machine::default() };
    loop {
        machine.opcode = machine.at;
        machine.spend(1)?;
        if machine.step()? {
            let root = machine.pop()?;
            return Ok(Pickle { values: machine.values, root, end: machine.at });
        }
    }
}

#[derive(Default)]
struct Machine<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte.
    at: usize,
    /// Offset of the present opcode.
    opcode: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Id>,
    work: usize,
}

impl<'a> Machine<'a> {
    fn error(&self, problem: impl Into<String>) -> CheckpointError {
        CheckpointError::Pickle { byte: self.opcode, problem: problem.into() }
    }

    fn spend(&mut self, work: usize) -> Result<(), CheckpointError> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_WORK { Err(self.error(format!("more than {MAX_WORK} values"))) } else { Ok(()) }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CheckpointError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| {
            let whole = if self.bytes.len() < MAX_BYTES { "of the file" } else { "of what is read" };
            self.error(format!("it continues behind the end {whole} at byte {}", self.bytes.len()))
        })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// A little-endian number of `length` bytes, at most eight.
    fn number(&mut self, length: usize) -> Result<u64, CheckpointError> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes after their number, which has `length` bytes.
    fn counted(&mut self, length: usize) -> Result<&'a [u8], CheckpointError> {
        let count = self.number(length)?;
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn text(&mut self, length: usize) -> Result<Value, CheckpointError> {
        let text = self.counted(length)?;
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(self.error("text that is not UTF-8")),
        }
    }

    /// A line of text, without its end.
    fn line(&mut self) -> Result<String, CheckpointError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = self.take(length + 1)?;
        Ok(String::from_utf8_lossy(&line[..length]).into_owned())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, CheckpointError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = if self.stack.len() > floor { self.stack.pop() } else { None };
        top.ok_or_else(|| self.error("a value is missing on the stack"))
    }

    fn top(&self) -> Result<Id, CheckpointError> {
        self.stack.last().copied().ok_or_else(|| self.error("the stack is empty"))
    }

    /// The values above the last mark, which is removed.
    fn marked(&mut self) -> Result<Vec<Id>, CheckpointError> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.error("a mark is missing on the stack")),
        }
    }

    fn tuple(&mut self, length: usize) -> Result<(), CheckpointError> {
        let mut items = (0..length).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), CheckpointError> {
        let id =
            self.memo.get(&key).copied().ok_or_else(|| self.error(format!("there is no value {key} in the memo")))?;
        self.stack.push(id);
        Ok(())
    }

    fn memorise(&mut self, key: u64) -> Result<(), CheckpointError> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn named(&mut self, module: &str, name: &str) -> Result<(), CheckpointError> {
        let Some(class) = class(module, name) else {
            let name = format!("{module}.{name}").escape_debug().take(QUOTED).collect();
            return Err(CheckpointError::Refused { byte: self.opcode, name });
        };
        self.push(Value::Class(class));
        Ok(())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), CheckpointError> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            Value::Other => {}
            _ => return Err(self.error("items for a value that is no list")),
        }
        Ok(())
    }

    fn insert(&mut self, items: Vec<Id>) -> Result<(), CheckpointError> {
        let (pairs, rest) = items.as_chunks::<2>();
        let dict = self.top()?;
        match &mut self.values[dict] {
            _ if !rest.is_empty() => return Err(self.error("a key without a value")),
            Value::Dict(dict) => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            Value::Other => {}
            _ => return Err(self.error("items for a value that is no dictionary")),
        }
        Ok(())
    }

    /// Executes one opcode; true after the last.
    fn step(&mut self) -> Result<bool, CheckpointError> {
        let opcode = self.take(1)?[0];
        match opcode {
            b'.' => return Ok(true),
            // Protocol and frame.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => self.stack.push(self.top()?),
            b'N' => self.push(Value::Nothing),
            0x88 | 0x89 => self.push(Value::Truth(opcode == 0x88)),
            b'J' => {
                let bits = self.number(4)? as u32;
                self.push(Value::Int(i64::from(bits.cast_signed())));
            }
            b'K' | b'M' => {
                let value = self.number(if opcode == b'K' { 1 } else { 2 })?;
                self.push(Value::Int(value.cast_signed()));
            }
            0x8a => {
                let digits = self.counted(1)?;
                self.push(long(digits));
            }
            b'G' => {
                self.take(8)?;
                self.push(Value::Other);
            }
            b'X' | b'T' | b'U' | 0x8c | 0x8d => {
                // `T` and `U` are the text of Python 2.
                let text = self.text(match opcode {
                    b'X' | b'T' => 4,
                    b'U' | 0x8c => 1,
                    _ => 8,
                })?;
                self.push(text);
            }
            b'B' | b'C' | 0x8e | 0x96 => {
                self.counted(match opcode {
                    b'B' => 4,
                    b'C' => 1,
                    _ => 8,
                })?;
                self.push(Value::Other);
            }
            b')' => self.push(Value::Tuple(Vec::new())),
            0x85..=0x87 => self.tuple(usize::from(opcode - 0x84))?,
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            0x8f => self.push(Value::Other),
            b't' | b'l' | 0x91 => {
                let items = self.marked()?;
                self.push(match opcode {
                    b't' => Value::Tuple(items),
                    b'l' => Value::List(items),
                    _ => Value::Other,
                });
            }
            b'd' => {
                let items = self.marked()?;
                self.push(Value::Dict(Vec::new()));
                self.insert(items)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(vec![key, value])?;
            }
            b'u' => {
                let items = self.marked()?;
                self.insert(items)?;
            }
            b'q' | b'r' => {
                let key = self.number(if opcode == b'q' { 1 } else { 4 })?;
                self.memorise(key)?;
            }
            0x94 => self.memorise(self.memo.len() as u64)?,
            b'h' | b'j' => {
                let key = self.number(if opcode == b'h' { 1 } else { 4 })?;
                self.recall(key)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.named(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.values[module].clone(), self.values[name].clone()) {
                    (Value::Text(module), Value::Text(name)) => self.named(&module, &name)?,
                    _ => return Err(self.error("a name of Python that is no text")),
                }
            }
            // Calls of a function and of a class.
            b'R' | 0x81 => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let value = self.call(callable, arguments)?;
                self.push(value);
            }
            b'b' => {
                // Attributes: metadata of a state dict, or options.
                self.pop()?;
                match self.values[self.top()?] {
                    Value::Dict(_) | Value::Other => {}
                    _ => return Err(self.error("attributes of a value that has none")),
                }
            }
            b'Q' => {
                let identifier = self.pop()?;
                let area = self.area(identifier)?;
                self.push(Value::Area(Box::new(area)));
            }
            other => return Err(self.error(format!("opcode {other:#04x}, which no state dict needs"))),
        }
        Ok(false)
    }
}

/// A little-endian two's complement number.
fn long(digits: &[u8]) -> Value {
    if digits.len() > 8 {
        return Value::Long(digits.to_vec());
    }
    let fill = if digits.last().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    Value::Int(digits.iter().rev().fold(fill, |number, byte| number << 8 | i64::from(*byte)))
}
