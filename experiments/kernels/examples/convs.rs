//! How fast convolutions of the study's networks run, in G operations a second.
use kernels::{Convolution, Dims, Frame, Geometry, Map, Processor, Rows};
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let threads: usize = args.get(1).map_or(1, |a| a.parse().unwrap());
    let filter = args.get(2).cloned().unwrap_or_default();
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    // name, images, size, inputs, outputs, kernel, stride, padding
    let cases: &[(&str, usize, usize, usize, usize, usize, usize, usize)] = &[
        ("resnet 7x7 s2 3-64 @224 b1", 1, 224, 3, 64, 7, 2, 3),
        ("alexnet 11x11 s4 3-64 @224 b1", 1, 224, 3, 64, 11, 4, 2),
        ("vgg 3x3 3-64 @224 b1", 1, 224, 3, 64, 3, 1, 1),
        ("inception 3x3 s2 3-32 @299 b1", 1, 299, 3, 32, 3, 2, 0),
        ("inception 3x3 32-32 @149 b1", 1, 149, 32, 32, 3, 1, 0),
        ("vgg 3x3 64-64 @224 b1", 1, 224, 64, 64, 3, 1, 1),
        ("vgg 3x3 128-128 @112 b1", 1, 112, 128, 128, 3, 1, 1),
        ("3x3 64-64 @56 b1", 1, 56, 64, 64, 3, 1, 1),
        ("3x3 128-128 @28 b1", 1, 28, 128, 128, 3, 1, 1),
        ("3x3 256-256 @14 b1", 1, 14, 256, 256, 3, 1, 1),
        ("3x3 512-512 @28 b1", 1, 28, 512, 512, 3, 1, 1), ("3x3 512-512 @14 b1", 1, 14, 512, 512, 3, 1, 1), ("3x3 512-512 @7 b1", 1, 7, 512, 512, 3, 1, 1),
        ("1x1 64-256 @56 b1", 1, 56, 64, 256, 1, 1, 0),
        ("1x1 256-64 @56 b1", 1, 56, 256, 64, 1, 1, 0),
        ("1x1 1024-256 @14 b1", 1, 14, 1024, 256, 1, 1, 0),
        ("1x1 256-1024 @14 b1", 1, 14, 256, 1024, 1, 1, 0),
        ("1x1 512-2048 @7 b1", 1, 7, 512, 2048, 1, 1, 0),
        ("1x1 64-256 @56 b16", 16, 56, 64, 256, 1, 1, 0),
        ("1x1 256-64 @56 b16", 16, 56, 256, 64, 1, 1, 0),
        ("3x3 64-64 @56 b16", 16, 56, 64, 64, 3, 1, 1),
        ("3x3 512-512 @7 b16", 16, 7, 512, 512, 3, 1, 1),
        ("7x7 s2 3-64 @224 b16", 16, 224, 3, 64, 7, 2, 3),
        ("1x1 1024-1024 @28 b1", 1, 28, 1024, 1024, 1, 1, 0),
        ("enet 3x3 16-16 @56 b1", 1, 56, 16, 16, 3, 1, 1),
        ("fc 9216-4096 b1", 1, 1, 9216, 4096, 1, 1, 0),
        ("fc 9216-4096 b16", 16, 1, 9216, 4096, 1, 1, 0),
    ];
    for &(name, images, size, inputs, outputs, kernel, stride, padding) in cases {
        if !name.contains(&filter) {
            continue;
        }
        let g = Geometry {
            inputs,
            outputs,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [1, 1],
            groups: 1,
        };
        let weights = vec![0.01; outputs * inputs * kernel * kernel];
        let conv = Convolution::pack(Processor::new(), g, &weights, None);
        let dims = Dims { images, height: size, width: size, channels: inputs };
        let frame = Frame::default();
        let x = vec![0.5f32; frame.around(dims).elements()];
        let out = conv.output(dims);
        let mut y = vec![0.0f32; out.elements()];
        let flop = 2.0 * (out.elements() * inputs * kernel * kernel) as f64;
        let mut best = f64::INFINITY;
        let begin = Instant::now();
        kernels::threads::awake(|| {
            let mut n = 0;
            while n < 5 || begin.elapsed().as_secs_f64() < 0.3 {
                let t = Instant::now();
                conv.run(Map { values: &x, dims, frame }, Rows::whole(&mut y, outputs), &[]);
                best = best.min(t.elapsed().as_secs_f64());
                n += 1;
            }
        });
        println!("{name:32} {:8.3} ms {:7.1} G/s", best * 1e3, flop / best / 1e9);
        let _ = Frame::default();
    }
}
