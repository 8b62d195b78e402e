//! The speed of memory-bound kernels next to a plain copy, in gigabytes per second that are read and written, each
//! value counted once. `cargo run --release -p kernels --example rates`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kernels::{After, Dims, Map, Processor, Response, Rows, Window, elementwise, layout, response, window};

/// Time for each kernel and size.
const TIME: Duration = Duration::from_millis(100);

fn main() {
    let processor = Processor::new();
    println!("{}, {} threads", processor.name(), kernels::threads::count());
    println!("images x height x width x channels, then GB/s (microseconds)");
    for (images, height, width, channels) in [
        (1, 56, 56, 64),
        (1, 28, 28, 192),
        (1, 14, 14, 480),
        (1, 7, 7, 2048),
        (1, 256, 256, 16),
        (16, 56, 56, 64),
        (16, 112, 112, 64),
        (16, 7, 7, 2048),
    ] {
        sizes(processor, Dims { images, height, width, channels });
    }
}

fn sizes(processor: Processor, dims: Dims) {
    let Dims { images, height, width, channels } = dims;
    let all = dims.elements();
    let input: Vec<f32> = (0..all).map(|i| (i % 97) as f32 - 48.0).collect();
    let mut output = vec![0.0; all];
    let vector = vec![0.5; channels];
    println!("{images} x {height} x {width} x {channels}:");
    let map = Map::new(&input, dims);

    rate("plain copy, one thread", 2 * all, || black_box(&mut output).copy_from_slice(black_box(&input)));
    rate("copy", 2 * all, || elementwise::copy(processor, map, Rows::whole(&mut output, channels), &[]));
    let after = After::Affine { scale: &vector, shift: &vector };
    rate("normalisation", 2 * all, || elementwise::run(processor, &[after], Rows::whole(&mut output, channels)));
    rate("relu", 2 * all, || elementwise::run(processor, &[After::Relu], Rows::whole(&mut output, channels)));
    let after = After::PRelu { slope: &vector };
    rate("prelu", 2 * all, || elementwise::run(processor, &[after], Rows::whole(&mut output, channels)));
    rate("sum", 3 * all, || elementwise::run(processor, &[After::Add(&input)], Rows::whole(&mut output, channels)));
    rate("into planes", 2 * all, || layout::to_planes(map, &mut output));
    rate("from planes", 2 * all, || layout::from_planes(&input, dims, &mut output));
    let lrn = Response { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
    rate("response", 2 * all, || response::normalise(processor, &lrn, map, Rows::whole(&mut output, channels)));
    for (name, stride, padding) in [("3 x 3", 1, 1), ("3 x 3 by 2", 2, 0)] {
        let size =
            Window { kernel: [3, 3], stride: [stride; 2], padding: [padding; 2], ceil: false, count_padding: true };
        let outputs = size.output(dims).elements();
        let moved = all + outputs;
        rate(&format!("largest {name}"), moved, || {
            window::largest(processor, &size, map, Rows::whole(&mut output[..outputs], channels));
        });
        rate(&format!("mean {name}"), moved, || {
            window::mean(processor, &size, map, Rows::whole(&mut output[..outputs], channels));
        });
    }
    let means = images * channels;
    rate("mean of maps", all, || window::global_mean(processor, map, Rows::whole(&mut output[..means], channels)));
}

/// Prints the rate of the fastest of many runs, since interference only makes a run slower.
fn rate(name: &str, values: usize, mut run: impl FnMut() + Send) {
    let fastest = kernels::threads::awake(|| {
        run();
        let begin = Instant::now();
        let mut fastest = Duration::MAX;
        while begin.elapsed() < TIME {
            let begin = Instant::now();
            run();
            fastest = fastest.min(begin.elapsed());
        }
        fastest
    });
    let seconds = fastest.as_secs_f64();
    println!("  {name:24} {:7.1} ({:.1})", (values * size_of::<f32>()) as f64 / seconds / 1e9, seconds * 1e6);
}
