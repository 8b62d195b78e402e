//! Messages in the wire format of Protocol Buffers, as <https://protobuf.dev/programming-guides/encoding> describes it. A library would
//! need all tensors of a network in memory at once; here the length of a field can be written before its content exists.

/// The bytes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(pub Vec<u8>);

/// How the content of a field is encoded.
#[derive(Clone, Copy)]
enum Kind {
    Varint = 0,
    Length = 2,
    Fixed32 = 5,
}

impl Message {
    /// A field of type `int32`, `int64` or `enum`.
    pub fn integer(mut self, field: u8, value: i64) -> Self {
        self.tag(field, Kind::Varint);
        // Negative numbers are encoded as unsigned ones of 64 bits.
        self.varint(value as u64);
        self
    }

    /// A field of type `float`.
    pub fn float(mut self, field: u8, value: f32) -> Self {
        self.tag(field, Kind::Fixed32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A field of type `string`.
    pub fn text(self, field: u8, text: &str) -> Self {
        let mut message = self.before(field, text.len() as u64);
        message.0.extend(text.as_bytes());
        message
    }

    /// A field that is a message.
    pub fn message(self, field: u8, inner: &Self) -> Self {
        let mut message = self.before(field, inner.len());
        message.0.extend(&inner.0);
        message
    }

    /// The beginning of a field of type `bytes` or message, whose `length` bytes follow.
    pub fn before(mut self, field: u8, length: u64) -> Self {
        self.tag(field, Kind::Length);
        self.varint(length);
        self
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn tag(&mut self, field: u8, kind: Kind) {
        self.varint(u64::from(field) << 3 | kind as u64);
    }

    /// Seven bits in each byte, the lowest first; the eighth says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Examples of the description of the format.
    #[test]
    fn messages_have_the_bytes_of_the_published_examples() {
        assert_eq!(Message::default().integer(1, 150).0, [0x08, 0x96, 0x01]);
        assert_eq!(Message::default().text(2, "testing").0, b"\x12\x07testing");
        let inner = Message::default().integer(1, 150);
        assert_eq!(Message::default().message(3, &inner).0, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(Message::default().integer(1, -2).0, [8, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert_eq!(Message::default().float(2, 1.0).0, [0x15, 0, 0, 0x80, 0x3f]);
        assert_eq!(Message::default().integer(20, 0).before(9, 300).0, [0xa0, 0x01, 0, 0x4a, 0xac, 0x02]);
    }
}
