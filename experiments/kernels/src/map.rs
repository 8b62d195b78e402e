//! Activations in memory: channels last, so that the values of one pixel are contiguous and a vector of the processor
//! contains channels.

/// The sizes of a batch of maps `[images, height, width, channels]`. In a batch of vectors each map has one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Images of the batch.
    pub images: usize,
    /// Rows of a map.
    pub height: usize,
    /// Columns of a map.
    pub width: usize,
    /// Values of each pixel.
    pub channels: usize,
}

impl Dims {
    /// The maximum number of values in one batch: 2^31 - 1. A convolution stores in 32 bits where the input of each
    /// pixel begins, and these offsets must also reach the edges of the maps, which follow the input.
    pub const MAX: usize = (1 << 31) - 1;

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.images * self.height * self.width
    }

    /// Values of all images.
    pub fn elements(&self) -> usize {
        self.pixels() * self.channels
    }

    /// Checks that kernels can address every value.
    ///
    /// # Panics
    /// There are more than [`Self::MAX`].
    pub fn check(&self) {
        let Self { images, height, width, channels } = *self;
        let elements = [images, height, width, channels].into_iter().try_fold(1, usize::checked_mul);
        assert!(
            elements.is_some_and(|elements| elements <= Self::MAX),
            "maps of {images} x {height} x {width} x {channels} exceed the {} values that a kernel can address\n\
             hint: use a smaller batch",
            Self::MAX
        );
    }
}

/// The input of a kernel: maps `[images, height, width, channels]` in row-major order.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// `dims.elements()` values.
    pub values: &'a [f32],
    /// The sizes.
    pub dims: Dims,
}

impl<'a> Map<'a> {
    /// Maps of these sizes.
    ///
    /// # Panics
    /// The length of `values` is not that of `dims`, or exceeds [`Dims::MAX`].
    pub fn new(values: &'a [f32], dims: Dims) -> Self {
        let map = Self { values, dims };
        map.check();
        map
    }

    /// Checks that the values match the sizes, and that kernels can address each of them.
    pub(crate) fn check(&self) {
        self.dims.check();
        assert_eq!(self.values.len(), self.dims.elements(), "values of maps {:?}", self.dims);
    }
}

/// The output of a kernel: some of the channels of each pixel of a batch. In this way each branch of a concatenation
/// writes its own channels of the concatenated maps.
#[derive(Debug)]
pub struct Rows<'a> {
    /// `pixels * stride` values.
    pub values: &'a mut [f32],
    /// Values of each pixel, written or not.
    pub stride: usize,
    /// The first channel that is written.
    pub first: usize,
    /// The number of channels that are written.
    pub channels: usize,
}

impl<'a> Rows<'a> {
    /// All channels.
    ///
    /// # Panics
    /// `values` is not a whole number of rows.
    pub fn whole(values: &'a mut [f32], channels: usize) -> Self {
        assert_eq!(values.len() % channels.max(1), 0, "rows of {channels} channels");
        Self { values, stride: channels, first: 0, channels }
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.values.len() / self.stride.max(1)
    }

    /// The channels that are written, pixel by pixel.
    #[inline(always)]
    pub(crate) fn written(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let Self { values, stride, first, channels } = self;
        let written = *first..*first + *channels;
        values.chunks_exact_mut(*stride).map(move |row| &mut row[written.clone()])
    }

    /// Checks that these are the pixels and channels of maps of the given sizes.
    pub(crate) fn check(&self, dims: Dims) {
        let Self { values, stride, channels, .. } = self;
        assert_eq!(*channels, dims.channels, "channels of the output");
        assert_eq!(values.len(), dims.pixels() * stride, "values of the output");
        self.check_channels();
    }

    /// Checks that each pixel has these channels, and that there are only whole pixels.
    pub(crate) fn check_channels(&self) {
        let Self { values, stride, first, channels } = self;
        assert!(first + channels <= *stride, "channels {first} to {} of {stride}", first + channels);
        assert!(values.len().is_multiple_of((*stride).max(1)), "rows of {stride} values");
    }
}
