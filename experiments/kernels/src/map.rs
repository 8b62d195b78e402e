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
    /// Numbers that a kernel reads of one batch at most, which is one less than 2^31. A convolution keeps in 32 bits where the input of
    /// each place begins, and behind the input come the edges of the maps, which must have room there too.
    pub const MAX: usize = (1 << 31) - 1;

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
    /// There are more than [`Self::MAX`].
    pub fn check(&self) {
        let Self { images, height, width, channels } = *self;
        let elements = [images, height, width, channels].into_iter().try_fold(1, usize::checked_mul);
        assert!(
            elements.is_some_and(|elements| elements <= Self::MAX),
            "maps of {images} x {height} x {width} x {channels} numbers: kernels compute with at most {}; use a smaller batch",
            Self::MAX
        );
    }
}

/// What a kernel reads: maps `[images, height, width, channels]` in row-major order.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// `dims.elements()` numbers.
    pub values: &'a [f32],
    /// The sizes.
    pub dims: Dims,
}

impl<'a> Map<'a> {
    /// Maps of such sizes.
    ///
    /// # Panics
    /// `values` has not as many numbers as `dims` says, or more than [`Dims::MAX`].
    pub fn new(values: &'a [f32], dims: Dims) -> Self {
        let map = Self { values, dims };
        map.check();
        map
    }

    /// That the numbers are those of the sizes, and that kernels can address each.
    pub(crate) fn check(&self) {
        self.dims.check();
        assert_eq!(self.values.len(), self.dims.elements(), "numbers of maps {:?}", self.dims);
    }
}

/// What a kernel writes: at each place of a batch some channels of all that lie there. So the branches of a join write into the
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

    /// That these are the places and channels of such maps, and lie where they are said to.
    pub(crate) fn check(&self, dims: Dims) {
        let Self { values, stride, channels, .. } = self;
        assert_eq!(*channels, dims.channels, "channels that are written");
        assert_eq!(values.len(), dims.places() * stride, "places that are written");
        self.check_channels();
    }

    /// That the channels are among those that lie at a place, and that there are whole places.
    pub(crate) fn check_channels(&self) {
        let Self { values, stride, first, channels } = self;
        assert!(first + channels <= *stride, "channels {first} to {} of {stride}", first + channels);
        assert!(values.len().is_multiple_of((*stride).max(1)), "rows of {stride} numbers");
    }
}
