//! The speed of convolutions and fully connected layers on one thread and on all, in G operations per second; a
//! multiply-accumulate counts as two operations. `cargo run --release -p kernels --example convolutions [TEXT]` runs
//! the layers whose line contains the text.

use std::time::{Duration, Instant};

use kernels::{Convolution, Dims, Geometry, Map, Processor, Rows, threads};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Time for each layer and number of threads.
const TIME: Duration = Duration::from_millis(300);
/// Minimum number of runs, however long one takes.
const MIN_RUNS: usize = 5;

/// A layer like those of the study's networks; everything is square.
struct Layer {
    images: usize,
    /// Height and width of the input.
    size: usize,
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    padding: usize,
}

const fn layer(images: usize, size: usize, channels: [usize; 2], [kernel, stride, padding]: [usize; 3]) -> Layer {
    Layer { images, size, channels, kernel, stride, padding }
}

const LAYERS: [Layer; 27] = [
    // The first layers: ResNet, AlexNet, VGG, Inception.
    layer(1, 224, [3, 64], [7, 2, 3]),
    layer(1, 224, [3, 64], [11, 4, 2]),
    layer(1, 224, [3, 64], [3, 1, 1]),
    layer(1, 299, [3, 32], [3, 2, 0]),
    layer(1, 149, [32, 32], [3, 1, 0]),
    // Kernels of three by three, from the largest maps of VGG to the smallest of ResNet, and one of ENet.
    layer(1, 224, [64, 64], [3, 1, 1]),
    layer(1, 112, [128, 128], [3, 1, 1]),
    layer(1, 56, [64, 64], [3, 1, 1]),
    layer(1, 28, [128, 128], [3, 1, 1]),
    layer(1, 14, [256, 256], [3, 1, 1]),
    layer(1, 28, [512, 512], [3, 1, 1]),
    layer(1, 14, [512, 512], [3, 1, 1]),
    layer(1, 7, [512, 512], [3, 1, 1]),
    layer(1, 56, [16, 16], [3, 1, 1]),
    // Kernels of one pixel.
    layer(1, 56, [64, 256], [1, 1, 0]),
    layer(1, 56, [256, 64], [1, 1, 0]),
    layer(1, 28, [1024, 1024], [1, 1, 0]),
    layer(1, 14, [1024, 256], [1, 1, 0]),
    layer(1, 14, [256, 1024], [1, 1, 0]),
    layer(1, 7, [512, 2048], [1, 1, 0]),
    // A fully connected layer, and batches of 16.
    layer(1, 1, [9216, 4096], [1, 1, 0]),
    layer(16, 1, [9216, 4096], [1, 1, 0]),
    layer(16, 224, [3, 64], [7, 2, 3]),
    layer(16, 56, [64, 64], [3, 1, 1]),
    layer(16, 7, [512, 512], [3, 1, 1]),
    layer(16, 56, [64, 256], [1, 1, 0]),
    layer(16, 56, [256, 64], [1, 1, 0]),
];

fn main() -> Result<(), ThreadPoolBuildError> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let processor = Processor::new();
    let all = threads::count();
    let pools = [pool(1)?, pool(all)?];
    println!(
        "{}, 1 and {all} threads; images x size x channels, then G operations per second (milliseconds)",
        processor.name()
    );
    for layer in LAYERS {
        let Layer { images, size, channels: [inputs, outputs], kernel, stride, .. } = layer;
        let name = format!("{images} x {size} x {inputs} by {kernel} x {kernel} / {stride} to {outputs}");
        if name.contains(&wanted) {
            let [one, all] = pools.each_ref().map(|pool| pool.install(|| rate(processor, &layer)));
            println!("{name:40} {one} {all}");
        }
    }
    Ok(())
}

fn pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).build()
}

/// The rate of the fastest of many runs, since interference only makes a run slower.
fn rate(processor: Processor, layer: &Layer) -> String {
    let Layer { images, size, channels: [inputs, outputs], kernel, stride, padding } = *layer;
    let geometry = Geometry {
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        ..Geometry::linear(inputs, outputs)
    };
    let products = inputs * kernel * kernel;
    let convolution = Convolution::pack(processor, geometry, &vec![0.01; outputs * products], None);
    let dims = Dims { images, height: size, width: size, channels: inputs };
    let input = vec![0.5; dims.elements()];
    let mut output = vec![0.0; convolution.output(dims).elements()];
    let operations = 2.0 * (output.len() * products) as f64;
    let fastest = threads::awake(|| {
        let begin = Instant::now();
        let (mut fastest, mut runs) = (Duration::MAX, 0);
        while runs < MIN_RUNS || begin.elapsed() < TIME {
            let begin = Instant::now();
            convolution.run(Map::new(&input, dims), Rows::whole(&mut output, outputs), &[]);
            fastest = fastest.min(begin.elapsed());
            runs += 1;
        }
        fastest
    });
    let seconds = fastest.as_secs_f64();
    format!("{:8.1} ({:.3})", operations / seconds / 1e9, seconds * 1e3)
}
