//! The peak rates of a device, measured: matrix products (GEMM) by the same code as the networks, and memory bandwidth by copies between
//! buffers too large for any cache. The best repetition counts, since nothing makes one too fast; all are kept.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::{Tensor, TensorData};
use kernels::{Convolution, Dims, Geometry, Map, Processor, Rows, threads};
use results::record::Benchmark;

use super::onnxruntime::Session;
use super::{Device, Precision};
use crate::formula;
use crate::passes::Passes;

/// Rows and columns of the library's matrix products: from 0.3 G operations to 1.1 T. Large ones are the most efficient; small ones end
/// before a scheduler gives the processors to other work.
const ROWS: [usize; 5] = [512, 1024, 2048, 4096, 8192];
/// Channels (both input and output) and pixels, a square, of other matrix products, which are 1x1 convolutions: from 0.1 G operations to 105 G.
/// Networks have such layers; 196 pixels are a map of 14x14. The kernels and ONNX Runtime compute these.
const LAYERS: [(usize, usize); 6] = [(512, 196), (512, 784), (1024, 784), (1024, 3136), (2048, 3136), (2048, 12544)];
/// After a size whose fastest product takes longer than this [s], no larger one is tried.
const LONG: f64 = 0.01;
/// Minimum total time of the products of one size [s], after one that starts threads and touches pages.
const SECONDS: f64 = 0.2;
/// Minimum number of products of one size.
const MIN_PRODUCTS: usize = 4;
/// Numbers of one copy: 134 MB.
const COPIED: usize = 32 << 20;
/// Copies that are timed.
const COPIES: usize = 4;

/// Measures the peak rates.
pub fn measure(device: Device, precision: Precision, scratch: &Path) -> Result<Benchmark> {
    let (gemm, bandwidth) = match (device, device.kernels(precision)) {
        (Device::CpuOnnxruntime, _) => {
            // First, since idle threads of ONNX Runtime spin for a while.
            let bandwidth = copies_by_threads();
            let mut session = Session::start(threads::count())?;
            (best(&LAYERS, |layer| gemm_by_onnxruntime(&mut session, layer, scratch))?, bandwidth)
        }
        (_, Some(processor)) => {
            let bandwidth = copies_by_threads();
            (threads::awake(|| best(&LAYERS, |layer| gemm_by_kernels(processor, layer)))?, bandwidth)
        }
        (_, None) => {
            let opened = device.open(precision)?;
            let bandwidth = match device {
                Device::Cpu | Device::CpuBurn => copies_by_threads(),
                _ => copies_by_device(&opened)?,
            };
            (best(&ROWS, |rows| gemm_by_library(rows, &opened))?, bandwidth)
        }
    };
    Ok(Benchmark {
        operations_per_second: gemm.best,
        bytes_per_second: bandwidth.best,
        gemm: gemm.all,
        bandwidth: bandwidth.all,
    })
}

/// The rates of repetitions of the same work, in its unit per second.
#[derive(Clone, Default)]
struct Rates {
    best: f64,
    all: Vec<f64>,
}

impl Rates {
    /// From the work of each repetition and their times [s].
    fn of(work: f64, times: &[f64]) -> Self {
        let all: Vec<f64> = times.iter().map(|time| work / time).collect();
        Self { best: all.iter().copied().fold(0.0, f64::max), all }
    }
}

/// The rates [1/s] of the size with the best one. `times` returns the operations of a size and the times of its repetitions [s].
fn best<S: Copy>(sizes: &[S], mut times: impl FnMut(S) -> Result<(f64, Vec<f64>)>) -> Result<Rates> {
    let mut max = Rates::default();
    for &size in sizes {
        let (operations, times) = times(size)?;
        let rates = Rates::of(operations, &times);
        if rates.best > max.best {
            max = rates;
        }
        if times.iter().copied().fold(f64::INFINITY, f64::min) > LONG {
            break;
        }
    }
    Ok(max)
}

/// Products of square matrices by burn's operators: operations and times [s].
fn gemm_by_library(rows: usize, device: &burn::tensor::Device) -> Result<(f64, Vec<f64>)> {
    let matrix = |seed| {
        let values = formula::images(seed, rows * rows);
        Tensor::<2>::from_data(TensorData::new(values, [rows, rows]), device)
    };
    let (a, b) = (matrix(1), matrix(2));
    let times = repeated(MIN_PRODUCTS, SECONDS, || synchronous(device, || a.clone().matmul(b.clone())))?;
    // Each number of the product needs as many multiplications and additions as there are rows.
    Ok((2.0 * (rows as f64).powi(3), times))
}

/// 1x1 convolutions with `channels` inputs and outputs by the kernels: operations and times [s].
fn gemm_by_kernels(processor: Processor, (channels, pixels): (usize, usize)) -> Result<(f64, Vec<f64>)> {
    let weights = formula::images(1, channels * channels);
    let convolution = Convolution::pack(processor, Geometry::linear(channels, channels), &weights, None);
    drop(weights);
    let dims = Dims { images: 1, height: 1, width: pixels, channels };
    let (input, mut output) = (formula::images(2, dims.elements()), vec![0.0; dims.elements()]);
    let times = repeated(MIN_PRODUCTS, SECONDS, || {
        let start = Instant::now();
        convolution.run(Map::new(&input, dims), Rows::whole(&mut output, channels), &[]);
        let elapsed = start.elapsed().as_secs_f64();
        std::hint::black_box(&output);
        Ok(elapsed)
    })?;
    Ok((2.0 * pixels as f64 * (channels as f64).powi(2), times))
}

/// The same by ONNX Runtime.
fn gemm_by_onnxruntime(
    session: &mut Session,
    (channels, pixels): (usize, usize),
    scratch: &Path,
) -> Result<(f64, Vec<f64>)> {
    let operations = session.load_product(channels, pixels.isqrt(), scratch)?;
    let times = repeated(MIN_PRODUCTS, SECONDS, || session.pass().map(|pass| pass.ended - pass.began))?;
    Ok((operations, times))
}

/// Bandwidth of copies by the device, each number read and written [bytes/s]. The kernel adds a number, since a plain copy may be elided.
fn copies_by_device(device: &burn::tensor::Device) -> Result<Rates> {
    let from = Tensor::<1>::from_data(TensorData::new(vec![1.0_f32; COPIED], [COPIED]), device);
    let times = repeated(COPIES, 0.0, || synchronous(device, || from.clone().add_scalar(1.0)))?;
    Ok(Rates::of((2 * size_of::<f32>() * COPIED) as f64, &times))
}

/// The times of at least `min` runs that take at least `seconds` together [s]; the first run is not counted.
fn repeated(min: usize, seconds: f64, mut timed: impl FnMut() -> Result<f64>) -> Result<Vec<f64>> {
    timed()?;
    let (mut times, mut spent) = (Vec::new(), 0.0);
    while times.len() < min || spent < seconds {
        let elapsed = timed()?;
        spent += elapsed;
        times.push(elapsed);
    }
    Ok(times)
}

/// The time from an idle device until it is idle again [s].
fn synchronous<const D: usize>(device: &burn::tensor::Device, run: impl Fn() -> Tensor<D>) -> Result<f64> {
    device.sync().context("the device did not finish its work")?;
    let start = Instant::now();
    let output = run();
    device.sync().context("the device did not finish its work")?;
    let elapsed = start.elapsed().as_secs_f64();
    drop(std::hint::black_box(output));
    Ok(elapsed)
}

/// Bandwidth of copies by all processors at once, each number read and written [bytes/s].
fn copies_by_threads() -> Rates {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let each = COPIED / threads;
    // Nonzero values, so that all pages exist before the copies.
    let mut buffers: Vec<(Vec<f32>, Vec<f32>)> = (0..threads).map(|_| (vec![1.0; each], vec![0.5; each])).collect();
    let mut times = Vec::new();
    for _ in 0..COPIES {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for (from, to) in &mut buffers {
                scope.spawn(|| to.copy_from_slice(std::hint::black_box(from)));
            }
        });
        times.push(start.elapsed().as_secs_f64());
        std::hint::black_box(&buffers);
    }
    Rates::of((2 * size_of::<f32>() * each * threads) as f64, &times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_size_is_returned_with_its_repetitions() {
        // Twice the work in 1.6 times the time, and a last size that is never tried.
        let times = |size: f64| match size {
            1.0 => Ok((1.0, vec![0.004, 0.002, 0.001])),
            2.0 => Ok((2.0, vec![0.016, 0.0016, 0.0016, 0.008, 0.004])),
            3.0 => Ok((3.0, vec![0.5, 0.6])),
            _ => anyhow::bail!("too large"),
        };
        let rates = best(&[1.0, 2.0, 3.0, 4.0], times).expect("the last is not tried");
        assert_eq!((rates.best, rates.all), (1250.0, vec![125.0, 1250.0, 1250.0, 250.0, 500.0]));
    }

    #[test]
    fn both_devices_of_the_processor_have_valid_peak_rates() {
        for device in [Device::Cpu, Device::CpuBurn] {
            let peak_rates = measure(device, Precision::F32, Path::new("/nowhere")).expect("the processor exists");
            assert_eq!(results::guard::peaks(&peak_rates), None, "{peak_rates:?}");
            assert!(peak_rates.gemm.len() >= MIN_PRODUCTS && peak_rates.bandwidth.len() == COPIES, "{peak_rates:?}");
        }
    }
}
