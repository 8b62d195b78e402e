//! Activations in memory: channels last, so that the numbers of one place lie together and a vector of the processor holds channels.

/// Numbers of a batch of maps at most: kernels keep where each begins in 32 bits, and one value means none.
const MOST: usize = u32::MAX as usize;

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

    /// That kernels can address each number.
    ///
    /// # Panics
    /// There are 2^32 numbers or more.
    pub fn check(&self) {
        let Self { images, height, width, channels } = *self;
        let elements = [images, height, width, channels].into_iter().try_fold(1, usize::checked_mul);
        assert!(
            elements.is_some_and(|elements| elements <= MOST),
            "maps of {images} x {height} x {width} x {channels} numbers: kernels compute with at most {MOST}; use a smaller batch"
        );
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

    /// Where in `values` the numbers of a place begin; places are counted over all images, without the frame.
    #[inline(always)]
    pub(crate) fn begin(&self, place: usize) -> usize {
        let Dims { height, width, channels, .. } = self.dims;
        let Frame { vertical: [above, below], horizontal: [left, right] } = self.frame;
        if self.frame == Frame::default() {
            return place * channels;
        }
        let (row, column) = (place / width, place % width);
        let (image, row) = (row / height, row % height);
        ((image * (height + above + below) + above + row) * (width + left + right) + left + column) * channels
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
