//! How threads share the convolutions and fully connected layers of the study, counted and not timed: the
//! multiply-accumulates of each task, in order, are assigned to the first thread that is free.

use kernels::{Dims, Geometry, Processor};
use networks::{Layer, Network, Shape};

/// The convolutions and fully connected layers, each with the sizes of its input.
fn layers(network: &Network, images: usize) -> Vec<(String, Geometry, Dims)> {
    let mut layers = Vec::new();
    let mut wanted = Vec::new();
    for step in networks::shapes(network).expect("its shapes are consistent") {
        let (geometry, input) = match (step.layer, step.input) {
            (Layer::Conv(conv), Shape::Map(channels, height, width)) => {
                let networks::Conv {
                    inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups, ..
                } = *conv;
                let geometry = Geometry { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups };
                (geometry, Dims { images, height, width, channels })
            }
            (Layer::Linear { inputs, outputs }, _) => {
                (Geometry::linear(*inputs, *outputs), Dims { images, height: 1, width: 1, channels: *inputs })
            }
            _ => continue,
        };
        layers.push((step.name.to_owned(), geometry, input));
        wanted.push(step.name);
    }
    assert!(!wanted.is_empty(), "{}", network.name);
    layers
}

/// The time of the slowest thread, in multiply-accumulates.
fn makespan(tasks: &[usize], threads: usize) -> usize {
    let mut busy = vec![0; threads];
    for task in tasks {
        *busy.iter_mut().min().expect("a thread") += task;
    }
    busy.into_iter().max().expect("a thread")
}

/// The fraction of the time for which the threads compute, over all layers of a network.
fn efficiency(network: &Network, images: usize, threads: usize) -> f64 {
    let (mut serial, mut parallel) = (0, 0);
    for (name, geometry, input) in layers(network, images) {
        let tasks = geometry.tasks(Processor::new(), input, threads);
        assert!(!tasks.is_empty() && !tasks.contains(&0), "{} {name}", network.name);
        serial += geometry.tasks(Processor::new(), input, 1).iter().sum::<usize>();
        parallel += makespan(&tasks, threads);
    }
    serial as f64 / threads as f64 / parallel as f64
}

#[test]
fn one_image_keeps_the_threads_of_small_and_large_processors_busy() {
    for network in networks::all() {
        for (threads, min) in [(1, 1.0), (2, 0.95), (4, 0.9), (8, 0.85), (16, 0.75)] {
            let efficiency = efficiency(&network, 1, threads);
            println!("{} on {threads}: {efficiency:.3}", network.name);
            assert!(efficiency >= min, "{} on {threads} threads: {efficiency:.3}", network.name);
        }
    }
}

#[test]
fn sixteen_images_keep_sixteen_threads_busy() {
    for network in networks::all() {
        let efficiency = efficiency(&network, 16, 16);
        println!("{}: {efficiency:.3}", network.name);
        assert!(efficiency >= 0.9, "{}: {efficiency:.3}", network.name);
    }
}
