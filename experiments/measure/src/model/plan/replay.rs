//! Symbolic execution of plans: a number is represented by a digest of its computation. The steps of a plan run on a buffer of such
//! digests, and the output is compared with the network's definition.

use std::collections::HashMap;
use std::ops::Range;

use networks::{Branch, Conv, Layer, Lrn, Named, Network, Shape, all, modern};

use super::{After, LINE, Plan, Schedule, Segment, Size, Slice, Step, Work};

/// A number in padded channels.
const ZERO: u64 = 0;
/// A number that no step wrote.
const NOTHING: u64 = u64::MAX;

/// A map in symbols: a digest for each channel, the same at all its pixels; of a vector a digest for each number.
type Symbols = Vec<u64>;

fn digest(parts: impl IntoIterator<Item = u64>) -> u64 {
    parts
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, part| (hash ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

fn image(number: usize, channels: usize) -> Symbols {
    (0..channels as u64).map(|channel| digest([1, number as u64, channel])).collect()
}

/// The output of layer `index` for `x`, a map of `pixels` pixels.
fn through(index: usize, layer: &Layer, x: &[u64], pixels: usize, outputs: usize) -> Symbols {
    let index = index as u64 + 2;
    let each = |x: &[u64]| (0..).zip(x).map(|(channel, x)| digest([index, channel, *x])).collect();
    match layer {
        Layer::Conv(_)
        | Layer::Linear { .. }
        | Layer::Projection { .. }
        | Layer::Attention { .. }
        | Layer::LayerNorm(_)
        | Layer::Lrn(_) => {
            let all = digest(x.iter().copied());
            (0..outputs as u64).map(|channel| digest([index, channel, all])).collect()
        }
        Layer::Flatten if pixels == 1 => x.to_vec(),
        Layer::Flatten => x.iter().flat_map(|x| (0..pixels as u64).map(move |pixel| digest([3, pixel, *x]))).collect(),
        _ => each(x),
    }
}

/// The output of a branch by its definition.
fn defined(branch: &[Named], x: Symbols, size: Size, index: &HashMap<&str, (usize, Size, Size)>) -> Symbols {
    let mut size = size;
    branch.iter().fold(x, |x, Named { name, layer }| {
        let (number, _, output) = index[name.as_str()];
        let branches = |branches: &[Branch]| {
            branches.iter().map(|branch| defined(branch, x.clone(), size, index)).collect::<Vec<_>>()
        };
        let y = match layer {
            Layer::Dropout { .. } => x,
            Layer::Sum(list) => {
                let parts = branches(list);
                (0..parts[0].len()).map(|at| parts.iter().fold(0_u64, |sum, part| sum.wrapping_add(part[at]))).collect()
            }
            Layer::Product(list) => {
                let parts = branches(list);
                let product = |at: usize| parts[1..].iter().fold(parts[0][at], |x, part| digest([4, x, part[at]]));
                (0..parts[0].len()).map(product).collect()
            }
            Layer::Concat(list) => branches(list).concat(),
            Layer::ZeroPadChannels { channels } => {
                let mut x = x;
                x.resize(*channels, ZERO);
                x
            }
            _ => through(number, layer, &x, size.height * size.width, output.channels),
        };
        size = output;
        y
    })
}

/// A batch's buffer in symbols.
struct Replay<'a> {
    plan: &'a Plan,
    shapes: Vec<networks::Step<'a>>,
    batch: usize,
    buffer: Vec<u64>,
}

impl Replay<'_> {
    /// The channels of one image in an area, which must be the same at all its pixels.
    fn read(&self, area: usize, image: usize) -> Symbols {
        let range = self.plan.range(area, self.batch, &(image..image + 1));
        let area = &self.plan.areas[area];
        let mut pixels = self.buffer[range].chunks_exact(area.size.channels);
        let found = pixels.next().expect("maps have pixels");
        assert!(!found.contains(&NOTHING), "no step wrote some numbers of {area:?}");
        assert!(pixels.all(|numbers| numbers == found), "several steps wrote {area:?}");
        found.to_vec()
    }

    fn write(&mut self, slice: Slice, image: usize, symbols: &[u64]) {
        assert_eq!(symbols.len(), slice.channels);
        let range = self.plan.range(slice.area, self.batch, &(image..image + 1));
        let area = &self.plan.areas[slice.area];
        assert!(slice.first + slice.channels <= area.size.channels && area.offset.is_multiple_of(LINE));
        for numbers in self.buffer[range].chunks_exact_mut(area.size.channels) {
            numbers[slice.first..][..slice.channels].copy_from_slice(symbols);
        }
    }

    /// Both areas are live, so they must not overlap.
    fn disjoint(&self, one: usize, other: usize, micro_batch: &Range<usize>) {
        let ranges = [one, other].map(|area| self.plan.range(area, self.batch, micro_batch));
        let [a, b] = &ranges;
        assert!(
            a.start >= b.end || b.start >= a.end,
            "{:?} overlaps {:?}",
            self.plan.areas[one],
            self.plan.areas[other]
        );
    }

    /// One step for one image of a micro-batch.
    fn step(&mut self, step: &Step, micro_batch: &Range<usize>, image: usize, planes: &[u64]) {
        let Step { work, output, after, .. } = step;
        let areas = &self.plan.areas;
        let mut symbols = match *work {
            Work::Image => planes.to_vec(),
            Work::Zero => vec![ZERO; output.channels],
            Work::InPlace => {
                let whole = &self.plan.areas[output.area];
                let range = self.plan.range(output.area, self.batch, &(image..image + 1));
                let first = self.buffer[range][output.first..][..output.channels].to_vec();
                if *output == (Slice { area: output.area, first: 0, channels: whole.size.channels }) {
                    assert_eq!(self.read(output.area, image), first);
                }
                first
            }
            Work::Copy(input) => {
                self.disjoint(input, output.area, micro_batch);
                self.read(input, image)
            }
            Work::Layer { layer, input } => {
                self.disjoint(input, output.area, micro_batch);
                let shape = &self.shapes[layer];
                let (from, to) = (Size::from(shape.input), Size::from(shape.output));
                assert_eq!((areas[input].size.channels, output.channels), (from.channels, to.channels));
                assert_eq!(areas[input].size.height * areas[input].size.width, from.height * from.width);
                assert_eq!(areas[output.area].size.height * areas[output.area].size.width, to.height * to.width);
                through(layer, shape.layer, &self.read(input, image), from.height * from.width, to.channels)
            }
        };
        for after in after {
            match *after {
                After::Layer { layer, first } => {
                    for (channel, symbol) in (first as u64..).zip(&mut symbols) {
                        *symbol = digest([layer as u64 + 2, channel, *symbol]);
                    }
                }
                After::Multiply(area) => {
                    self.disjoint(area, output.area, micro_batch);
                    let factors = self.read(area, image);
                    assert_eq!(factors.len(), output.channels);
                    symbols.iter_mut().zip(factors).for_each(|(x, factor)| *x = digest([4, *x, factor]));
                }
                After::Add(area) => {
                    self.disjoint(area, output.area, micro_batch);
                    assert_eq!(self.plan.areas[area].size.channels, output.channels);
                    symbols
                        .iter_mut()
                        .zip(self.read(area, image))
                        .for_each(|(sum, part)| *sum = sum.wrapping_add(part));
                }
            }
        }
        self.write(*output, image, &symbols);
    }
}

/// Replays a plan of `network` for a batch and returns the plan.
fn replayed(network: &Network, schedule: Schedule, batch: usize) -> Plan {
    let plan = Plan::new(network, schedule).expect("it fits");
    let shapes = networks::shapes(network).expect("it fits");
    let sizes = |step: &networks::Step<'_>| (Size::from(step.input), Size::from(step.output));
    let index = shapes.iter().enumerate().map(|(index, step)| (step.name, (index, sizes(step).0, sizes(step).1)));
    let index: HashMap<_, _> = index.collect();
    let input = Size::from(network.input);
    let numbers = plan.numbers(batch).expect("it fits");
    let mut replay = Replay { plan: &plan, shapes: shapes.clone(), batch, buffer: vec![NOTHING; numbers] };
    let mut done = 0;
    for segment in &plan.segments {
        assert_eq!(segment.steps.start, done, "each step runs once");
        done = segment.steps.end;
        for micro_batch in segment.micro_batches(batch) {
            for step in &plan.steps[segment.steps.clone()] {
                micro_batch
                    .clone()
                    .for_each(|number| replay.step(step, &micro_batch, number, &image(number, input.channels)));
            }
        }
    }
    assert_eq!(done, plan.steps.len(), "each step runs once");
    for number in 0..batch {
        let expected = defined(&network.layers, image(number, input.channels), input, &index);
        assert_eq!(replay.read(plan.output, number), expected, "{} {schedule:?}", network.name);
    }
    plan
}

fn sample(layers: Vec<Named>) -> Network {
    let (family, input) = (networks::Family::Vgg, Shape::Map(2, 6, 5));
    Network { name: "sample", title: "Sample", family, reference: "", input, layers }
}

fn named(name: &str, layer: Layer) -> Named {
    Named { name: name.to_owned(), layer }
}

fn conv(name: &str, inputs: usize, outputs: usize) -> Named {
    let (kernel, stride, padding, extra_padding, dilation) = ([3, 3], [1, 1], [1, 1], [0, 0], [1, 1]);
    let conv = Conv { inputs, outputs, kernel, stride, padding, extra_padding, dilation, groups: 1, bias: true };
    named(name, Layer::Conv(conv))
}

fn relu(name: &str) -> Named {
    named(name, Layer::Relu)
}

fn lrn(name: &str) -> Named {
    named(name, Layer::Lrn(Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 }))
}

/// The plans of `layers`, flattened, by both schedules without micro-batches.
fn both(layers: Vec<Named>) -> [Plan; 2] {
    let network = sample([layers, vec![named("flatten", Layer::Flatten)]].concat());
    [Schedule::Layers, Schedule::Whole].map(|schedule| replayed(&network, schedule, 1))
}

#[test]
fn plans_of_all_networks_compute_what_the_networks_define() {
    for network in all().into_iter().chain(modern()) {
        for schedule in [Schedule::Layers, Schedule::Whole, Schedule::MicroBatches] {
            replayed(&network, schedule, 1);
        }
        // Not a multiple of any micro-batch.
        let is_split = |segment: &Segment| segment.images < 5;
        assert!(replayed(&network, Schedule::MicroBatches, 5).segments.iter().any(is_split), "{}", network.name);
    }
}

#[test]
fn a_buffer_is_hardly_larger_than_what_is_live() {
    for network in all().into_iter().chain(modern()) {
        let live = networks::activations(&network).expect("it fits").elements;
        let ratio = |schedule, batch| {
            let plan = Plan::new(&network, schedule).expect("it fits");
            plan.numbers(batch).expect("it fits") as f64 / (batch as f64 * live as f64)
        };
        let (layers, whole, micro_batches) =
            (ratio(Schedule::Layers, 1), ratio(Schedule::Whole, 1), ratio(Schedule::MicroBatches, 16));
        println!(
            "{}: {layers:.3} layer by layer, {whole:.3} as a whole, {micro_batches:.3} in micro-batches at batch 16",
            network.name
        );
        assert!(layers <= 1.1 && whole <= 1.1 && micro_batches <= 1.0, "{}", network.name);
    }
}

#[test]
fn a_pass_layer_by_layer_reports_every_layer_with_a_cost() {
    for network in all().into_iter().chain(modern()) {
        let plan = Plan::new(&network, Schedule::Layers).expect("it fits");
        let shapes = networks::shapes(&network).expect("it fits");
        let reported: Vec<_> = plan.steps.iter().filter_map(|step| Some(shapes[step.finished?].name)).collect();
        let costs = networks::costs(&network).expect("it fits");
        assert_eq!(reported, costs.iter().map(|cost| &cost.name).collect::<Vec<_>>(), "{}", network.name);
    }
}

#[test]
fn branches_of_every_kind_are_concatenated_and_added() {
    let branches = |sum: bool, branches: Vec<Branch>| {
        named("branches", if sum { Layer::Sum(branches) } else { Layer::Concat(branches) })
    };
    let wide = |name: &str| vec![conv(name, 4, 4), relu(&format!("{name}.relu"))];
    let product = |name: &str, branches| named(name, Layer::Product(branches));
    let pooled = |name: &str| vec![named(name, Layer::GlobalAvgPool), relu(&format!("{name}.relu"))];
    let inner = |sum: bool, name: &str| {
        let list = vec![wide(&format!("{name}.a")), vec![]];
        let mut inner = vec![named(name, if sum { Layer::Sum(list) } else { Layer::Concat(list) })];
        if !sum {
            inner.push(conv(&format!("{name}.narrow"), 8, 4));
        }
        inner
    };
    let kinds: Vec<(&str, Branch)> = vec![
        ("empty", vec![]),
        ("empty again", vec![]),
        ("rectified", vec![relu("r")]),
        ("rectified too", vec![relu("s"), lrn("s.lrn")]),
        ("convolved", wide("c")),
        ("dropped", vec![named("d", Layer::Dropout { p: 0.5 })]),
        ("a sum", inner(true, "sum")),
        ("a concatenation", inner(false, "concat")),
        ("a product", vec![product("product", vec![vec![], pooled("product.pool")])]),
        ("a product in another order", vec![product("other", vec![wide("other.c"), pooled("other.pool"), vec![]])]),
        (
            "a rectified product",
            vec![product("last", vec![vec![relu("last.a")], vec![relu("last.b")]]), relu("last.c")],
        ),
        ("widened", vec![conv("narrow", 4, 2), named("pad", Layer::ZeroPadChannels { channels: 4 }), relu("pad.relu")]),
    ];
    for is_sum in [true, false] {
        for (name, one) in &kinds {
            for (other_name, other) in &kinds {
                if name == other_name {
                    continue;
                }
                for entry in [true, false] {
                    let input = if entry {
                        vec![conv("entry", 2, 4)]
                    } else {
                        vec![named("pads", Layer::ZeroPadChannels { channels: 4 })]
                    };
                    let list = vec![one.clone(), other.clone()];
                    both([input.clone(), vec![branches(is_sum, list), relu("after")]].concat());
                    let list = vec![one.clone(), other.clone(), vec![]];
                    both([input, vec![branches(is_sum, list), relu("after"), lrn("last")]].concat());
                }
            }
        }
        // The input of the branches is the image itself.
        both(vec![branches(is_sum, vec![vec![], vec![relu("r")]])]);
        both(vec![branches(is_sum, vec![vec![conv("c", 2, 2)], vec![]]), relu("after")]);
        both(vec![branches(is_sum, vec![vec![]])]);
    }
}

#[test]
fn a_fused_residual_block_is_written_once_per_convolution() {
    let block = vec![vec![conv("a", 4, 4), relu("a.relu"), conv("b", 4, 4)], vec![]];
    let layers = vec![conv("entry", 2, 4), named("add", Layer::Sum(block)), relu("out")];
    let [layers, whole] = both(layers);
    // The image, entry, a, its relu, b, the sum, its relu, flatten.
    assert_eq!(layers.steps.len(), 8);
    assert_eq!(whole.steps.len(), 5);
    let last = &whole.steps[whole.steps.len() - 2];
    assert!(matches!(last.after[..], [After::Add(_), After::Layer { .. }]), "{last:?}");
}

#[test]
fn a_map_that_is_too_large_is_an_error_that_names_its_layer() {
    let network = networks::find("vgg-16").expect("it exists");
    let plan = Plan::new(&network, Schedule::Whole).expect("it fits");
    // 64 x 224 x 224 numbers.
    assert!(plan.check(&network, 668).is_ok());
    let error = plan.check(&network, 669).expect_err("more than 2^31").to_string();
    assert!(error.starts_with("layer features.0: its maps of 669 images have 2^31 numbers or more\nhint: "), "{error}");
}
