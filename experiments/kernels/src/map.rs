//! Activations in memory: channels last, so that the numbers of one place lie together and a vector of the processor holds channels.

/// The sizes of a batch of maps `[images, height, width, channels]`. A batch of vectors has maps of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Images of the batch.
    pub images: usize,
    /// Rows of a map.
    pub height: usize,
    /// Columns of a map.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

impl Dims {
    /// Places of all images.
    pub fn places(&self) -> usize {
        self.images * self.height * self.width
    }

    /// Numbers of all images.
    pub fn elements(&self) -> usize {
        self.places() * self.channels
    }
}

/// Zeros that lie around each map in memory, so that a kernel may read beyond its edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Rows above and below.
    pub vertical: [usize; 2],
    /// Columns to the left and to the right.
    pub horizontal: [usize; 2],
}

impl Frame {
    /// The sizes in memory of maps of these sizes with this frame around each.
    pub fn around(&self, dims: Dims) -> Dims {
        Dims {
            height: dims.height + self.vertical[0] + self.vertical[1],
            width: dims.width + self.horizontal[0] + self.horizontal[1],
            ..dims
        }
    }
}

/// What a kernel reads: maps `[images, height, width, channels]` in row-major order, each within its frame.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// `frame.around(dims).elements()` numbers.
    pub values: &'a [f32],
    /// The sizes without the frame.
    pub dims: Dims,
    /// The zeros around each map, which are part of `values`.
    pub frame: Frame,
}

impl<'a> Map<'a> {
    /// Maps without a frame.
    ///
    /// # Panics
    /// `values` has not as many numbers as `dims` says.
    pub fn new(values: &'a [f32], dims: Dims) -> Self {
        assert_eq!(values.len(), dims.elements(), "values of maps {dims:?}");
        Self { values, dims, frame: Frame::default() }
    }
}

/// What a kernel writes: at each place of a batch some channels of all that lie there. So the arms of a join write into the
/// joined maps, each into its own channels.
#[derive(Debug)]
pub struct Rows<'a> {
    /// `places * stride` numbers.
    pub values: &'a mut [f32],
    /// Numbers that lie at each place.
    pub stride: usize,
    /// The first of them that is written.
    pub first: usize,
    /// How many are.
    pub channels: usize,
}

impl<'a> Rows<'a> {
    /// All channels.
    ///
    /// # Panics
    /// `values` are not whole rows.
    pub fn whole(values: &'a mut [f32], channels: usize) -> Self {
        assert_eq!(values.len() % channels.max(1), 0, "rows of {channels} channels");
        Self { values, stride: channels, first: 0, channels }
    }

    /// Places of all images.
    pub fn places(&self) -> usize {
        self.values.len() / self.stride.max(1)
    }
}
