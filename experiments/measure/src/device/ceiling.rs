//! What a device reaches at most, by its own measurement: products of square matrices through the same library as the networks,
//! and copies between buffers too large for any cache. The best of several, since nothing makes a repetition too fast.

use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::{Tensor, TensorData};
use results::record::Ceiling;

use super::{Device, Precision};
use crate::formula;

/// Rows and columns of the products: from 0.3 G operations each to 1.1 T. A large one is what a device does best; a small one is over
/// before a scheduler gives its processors to somebody else.
const ROWS: [usize; 5] = [512, 1024, 2048, 4096, 8192];
/// After products of one size that took longer than this [s] there is no larger one.
const LONG: f64 = 0.01;
/// Time that goes into the products of one size [s], after one that starts threads and touches pages.
const SECONDS: f64 = 0.2;
/// Products of one size, however long they take.
const LEAST_PRODUCTS: usize = 4;
/// Numbers that are copied together: 134 MB from one place to another.
const COPIED: usize = 32 << 20;
/// Copies that count.
const COPIES: usize = 4;

/// Measures it.
pub fn measure(device: Device, precision: Precision) -> Result<Ceiling> {
    let opened = device.open(precision)?;
    let bytes = if device == Device::Cpu { by_threads() } else { by_kernel(&opened)? };
    Ok(Ceiling { operations_per_second: operations(&opened)?, bytes_per_second: bytes })
}

/// Of products [1/s].
fn operations(device: &burn::tensor::Device) -> Result<f64> {
    let mut most: f64 = 0.0;
    for rows in ROWS {
        let best = products(rows, device)?;
        // As many multiplications and additions for each number of the product as there are rows.
        most = most.max(2.0 * (rows as f64).powi(3) / best);
        if best > LONG {
            break;
        }
    }
    Ok(most)
}

/// The time of the fastest product of matrices with that many rows and columns [s].
fn products(rows: usize, device: &burn::tensor::Device) -> Result<f64> {
    let matrix = |seed| {
        let values = formula::images(seed, rows * rows);
        Tensor::<2>::from_data(TensorData::new(values, [rows, rows]), device)
    };
    let (a, b) = (matrix(1), matrix(2));
    fastest(device, LEAST_PRODUCTS, SECONDS, || a.clone().matmul(b.clone()))
}

/// Of copies by the device, each number read and written: a kernel that adds, as copies of what nobody changes may be none [bytes/s].
fn by_kernel(device: &burn::tensor::Device) -> Result<f64> {
    let from = Tensor::<1>::from_data(TensorData::new(vec![1.0_f32; COPIED], [COPIED]), device);
    let best = fastest(device, COPIES, 0.0, || from.clone().add_scalar(1.0))?;
    Ok((2 * size_of::<f32>() * COPIED) as f64 / best)
}

/// The time of the fastest of so many runs at least, that take so long together [s]; one before them is for nothing.
fn fastest<const D: usize>(
    device: &burn::tensor::Device,
    least: usize,
    seconds: f64,
    run: impl Fn() -> Tensor<D>,
) -> Result<f64> {
    let timed = || -> Result<f64> {
        device.sync().context("the device did not finish its work")?;
        let start = Instant::now();
        let output = run();
        device.sync().context("the device did not finish its work")?;
        let elapsed = start.elapsed().as_secs_f64();
        drop(std::hint::black_box(output));
        Ok(elapsed)
    };
    timed()?;
    let (mut best, mut spent, mut made) = (f64::INFINITY, 0.0, 0);
    while made < least || spent < seconds {
        let elapsed = timed()?;
        best = best.min(elapsed);
        spent += elapsed;
        made += 1;
    }
    Ok(best)
}

/// Of copies by all processors at once, each read and each written [bytes/s].
fn by_threads() -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let each = COPIED / threads;
    // Values, so that the pages are there before they are copied.
    let mut buffers: Vec<(Vec<f32>, Vec<f32>)> = (0..threads).map(|_| (vec![1.0; each], vec![0.5; each])).collect();
    let mut best = f64::INFINITY;
    for _ in 0..COPIES {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for (from, to) in &mut buffers {
                scope.spawn(|| to.copy_from_slice(std::hint::black_box(from)));
            }
        });
        best = best.min(start.elapsed().as_secs_f64());
        std::hint::black_box(&buffers);
    }
    (2 * size_of::<f32>() * each * threads) as f64 / best
}
