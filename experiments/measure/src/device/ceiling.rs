//! What the processor reaches at most, by its own measurement: products of square matrices through the same library as the
//! networks, and copies between buffers too large for any cache. The best of several, since nothing makes a repetition too fast.

use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::{Tensor, TensorData};
use results::record::Ceiling;

use crate::device::flex;
use crate::formula;

/// Rows and columns of the products: 0.3 and 2.1 G operations each. The large one is what a device does best; the small one is over
/// before a scheduler gives its processors to somebody else.
const ROWS: [usize; 2] = [512, 1024];
/// Time that goes into the products of one size [s], after one that starts threads and touches pages.
const SECONDS: f64 = 0.2;
/// Products of one size, however long they take.
const LEAST_PRODUCTS: usize = 4;
/// Numbers that all threads copy together: 134 MB from one place to another.
const COPIED: usize = 32 << 20;
/// Copies that count.
const COPIES: usize = 4;

/// Measures it.
pub fn measure() -> Result<Ceiling> {
    Ok(Ceiling { operations_per_second: operations()?, bytes_per_second: bytes() })
}

/// Of products [1/s].
fn operations() -> Result<f64> {
    let rates = ROWS.map(products);
    rates.into_iter().try_fold(0.0, |best: f64, rate| Ok(best.max(rate?)))
}

/// Of the fastest product of matrices with that many rows and columns [1/s].
fn products(rows: usize) -> Result<f64> {
    let device = flex::device();
    let matrix = |seed| {
        let values = formula::images(seed, rows * rows);
        Tensor::<2>::from_data(TensorData::new(values, [rows, rows]), &device)
    };
    let (a, b) = (matrix(1), matrix(2));
    let product = || -> Result<f64> {
        let start = Instant::now();
        let product = a.clone().matmul(b.clone());
        device.sync().context("the device did not finish its work")?;
        let elapsed = start.elapsed().as_secs_f64();
        drop(std::hint::black_box(product));
        Ok(elapsed)
    };
    product()?;
    let (mut best, mut spent, mut made) = (f64::INFINITY, 0.0, 0);
    while made < LEAST_PRODUCTS || spent < SECONDS {
        let elapsed = product()?;
        best = best.min(elapsed);
        spent += elapsed;
        made += 1;
    }
    // As many multiplications and additions for each number of the product as there are rows.
    Ok(2.0 * (rows as f64).powi(3) / best)
}

/// Of copies by all processors at once, each read and each written [bytes/s].
fn bytes() -> f64 {
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
