//! Boards as a few constants: what the simulated device computes with. Knows no network.

/// What a roofline model needs to know of a board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Board {
    /// For records; says that it is a model.
    pub description: &'static str,
    /// Operations a second that its arithmetic reaches.
    pub operations: f64,
    /// Bytes a second from and to memory.
    pub bandwidth: f64,
    /// Time that starting one layer takes, whatever its size [s].
    pub launch: f64,
    /// Memory of processor and graphics together [bytes].
    pub memory: u64,
    /// What the process holds before a network is built [bytes].
    pub process: u64,
    /// What the library takes for itself when it first computes [bytes].
    pub library: u64,
    /// Power of the whole board at rest [W].
    pub idle: f64,
    /// Power above rest while only memory is busy [W].
    pub moving: f64,
    /// Power above rest while arithmetic is busy all the time [W].
    pub computing: f64,
    /// The least difference that its power monitor shows [W].
    pub power_step: f64,
}

/// After the Jetson TX1 of the original.
pub const TX1: Board = Board {
    description: "a roofline model of a board like the Jetson TX1",
    // 256 cores x 2 operations x 998 MHz (Jetson TX1 module data sheet) are 511 G a second; VGG-16 at batch 16 took
    // 127.9 ms for 30.97 G-Ops (Figures 2 and 3 of arXiv:1605.07678), which is 0.47 of that.
    operations: 0.47 * 511e9,
    // 64 bits of LPDDR4 at 1600 MHz (the same data sheet).
    bandwidth: 25.6e9,
    // ResNet-152 at batch 1 took 148 ms, of which 95 ms are its operations at the rate above, over some 500 layers.
    launch: 0.1e-3,
    memory: 4 << 30,
    process: 60 << 20,
    // The floor of Figure 6.
    library: 200_000_000,
    // Idle, and 11.8 W above it at full use (Section 3.3).
    idle: 1.30,
    moving: 10.0,
    computing: 11.8,
    // 40 µV (INA3221 data sheet SBOS576) over the 20 mΩ of VDD_IN at 19 V.
    power_step: 0.038,
};
