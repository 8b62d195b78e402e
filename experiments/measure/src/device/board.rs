//! Boards as a few constants, for the simulated device. Independent of networks.

/// The constants of a board in a roofline model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Board {
    /// For records; says that this is a model.
    pub description: &'static str,
    /// Peak rate of arithmetic [operations/s].
    pub operations: f64,
    /// Memory bandwidth [bytes/s].
    pub bandwidth: f64,
    /// Time to start one layer, whatever its size [s].
    pub launch: f64,
    /// Memory of processor and graphics together [bytes].
    pub memory: u64,
    /// Memory of the process before a network is built [bytes].
    pub process: u64,
    /// Memory that the library allocates for itself at its first computation [bytes].
    pub library: u64,
    /// Idle power of the whole board [W].
    pub idle: f64,
    /// Power above idle while only memory is busy [W].
    pub moving: f64,
    /// Power above idle while arithmetic is busy all the time [W].
    pub computing: f64,
    /// Resolution of its power monitor [W].
    pub power_step: f64,
}

/// Modelled on the Jetson TX1 of the original.
pub const TX1: Board = Board {
    description: "a roofline model of a board like the Jetson TX1",
    // 256 cores x 2 operations x 998 MHz (Jetson TX1 module data sheet) are 511 G/s; VGG-16 at batch 16 took
    // 127.9 ms for 30.97 G-Ops (Figures 2 and 3 of arXiv:1605.07678), which is 0.47 of that.
    operations: 0.47 * 511e9,
    // 64 bits of LPDDR4 at 1600 MHz (the same data sheet).
    bandwidth: 25.6e9,
    // ResNet-152 at batch 1 took 148 ms, of which 95 ms are its operations at the rate above, over some 500 layers.
    launch: 0.1e-3,
    memory: 4 << 30,
    process: 60 << 20,
    // The minimum in Figure 6.
    library: 200_000_000,
    // Idle, and 11.8 W above it at full use (Section 3.3).
    idle: 1.30,
    moving: 10.0,
    computing: 11.8,
    // 40 µV (INA3221 data sheet SBOS576) over the 20 mΩ of VDD_IN at 19 V.
    power_step: 0.038,
};
