//! Runs the steps of a plan with kernels.

use std::ops::Range;

use kernels::{Dims, Map, Processor, Rows, attention, elementwise, layout, response, tokens, window};

use super::super::plan::{After, Area, Plan, Size, Slice, Step, Work};
use super::operator::Operator;

/// A forward pass of a batch.
pub(super) struct Pass<'a> {
    pub plan: &'a Plan,
    /// By index in `networks::shapes`.
    pub operators: &'a [Operator],
    pub processor: Processor,
    /// Images of the batch.
    pub images: usize,
    /// The images `[n, channels, height, width]`.
    pub planes: &'a [f32],
    /// The buffer, of `plan.numbers(images)` numbers.
    pub buffer: &'a mut [f32],
}

/// The buffer without the range that a step writes.
#[derive(Clone, Copy)]
struct Others<'a> {
    before: &'a [f32],
    after: &'a [f32],
    /// Offset of `after` in the buffer.
    end: usize,
}

impl<'a> Others<'a> {
    fn slice(self, range: Range<usize>) -> &'a [f32] {
        match range.end <= self.before.len() {
            true => &self.before[range],
            false => &self.after[range.start - self.end..range.end - self.end],
        }
    }
}

impl Pass<'_> {
    /// Runs one step for some images of the batch: a micro-batch of the step's segment.
    ///
    /// # Panics
    /// The step reads what it writes, which no step of a plan does.
    pub fn run(&mut self, step: &Step, images: Range<usize>) {
        let written = self.plan.range(step.output.area, self.images, &images);
        let (plan, operators, processor, batch) = (self.plan, self.operators, self.processor, self.images);
        let (before, rest) = self.buffer.split_at_mut(written.start);
        let (output, after) = rest.split_at_mut(written.len());
        let others = Others { before, after, end: written.end };
        let read = |area: usize| {
            let values = others.slice(plan.range(area, batch, &images));
            Map::new(values, dims(&plan.areas[area], images.len()))
        };
        let after: Vec<_> = step
            .after
            .iter()
            .map(|after| match *after {
                After::Layer { layer, first } => by_channel(&operators[layer], first..first + step.output.channels),
                After::Add(area) => kernels::After::Add(others.slice(plan.range(area, batch, &images))),
                After::Multiply(area) => {
                    let factors = others.slice(plan.range(area, batch, &images));
                    let Size { height, width, .. } = plan.areas[step.output.area].size;
                    kernels::After::Multiply { factors, pixels: height * width }
                }
            })
            .collect();
        let area = &plan.areas[step.output.area];
        match step.work {
            Work::Image => {
                let size = dims(area, 1).elements();
                let planes = &self.planes[images.start * size..images.end * size];
                layout::from_planes(planes, dims(area, images.len()), output);
            }
            Work::Copy(input) => elementwise::copy(processor, read(input), rows(area, step.output, output), &after),
            Work::Zero => elementwise::zero(rows(area, step.output, output)),
            Work::InPlace => elementwise::run(processor, &after, rows(area, step.output, output)),
            Work::Layer { layer, input } => {
                let input = read(input);
                match &operators[layer] {
                    Operator::Convolution(convolution) => {
                        return convolution.run(input, rows(area, step.output, output), &after);
                    }
                    Operator::Depthwise(depthwise) => {
                        return depthwise.run(input, rows(area, step.output, output), &after);
                    }
                    Operator::LayerNorm(norm) => norm.run(processor, input, rows(area, step.output, output)),
                    Operator::Attention { heads } => {
                        attention::attend(processor, *heads, input, rows(area, step.output, output));
                    }
                    Operator::ClassToken(token) => tokens::prepend(token, input, rows(area, step.output, output)),
                    Operator::PositionEmbedding(vectors) => {
                        tokens::add(vectors, input, rows(area, step.output, output));
                    }
                    Operator::FirstToken => tokens::first(input, rows(area, step.output, output)),
                    Operator::Largest(pool) => {
                        window::largest(processor, pool, input, rows(area, step.output, output));
                    }
                    Operator::Mean(pool) => window::mean(processor, pool, input, rows(area, step.output, output)),
                    Operator::GlobalMean => window::global_mean(processor, input, rows(area, step.output, output)),
                    Operator::Response(constants) => {
                        response::normalise(processor, constants, input, rows(area, step.output, output));
                    }
                    Operator::Flatten => layout::to_planes(input, output),
                    Operator::Affine { .. }
                    | Operator::Relu
                    | Operator::Function(_)
                    | Operator::PRelu(_)
                    | Operator::Structure => panic!("a plan has no separate step for such a layer"),
                }
                if !after.is_empty() {
                    elementwise::run(processor, &after, rows(area, step.output, output));
                }
            }
        }
    }

    /// The output of the network, after the last step.
    pub fn output(&self) -> &[f32] {
        &self.buffer[self.plan.range(self.plan.output, self.images, &(0..self.images))]
    }
}

fn dims(area: &Area, images: usize) -> Dims {
    Dims { images, height: area.size.height, width: area.size.width, channels: area.size.channels }
}

fn rows<'a>(area: &Area, slice: Slice, values: &'a mut [f32]) -> Rows<'a> {
    Rows { values, stride: area.size.channels, first: slice.first, channels: slice.channels }
}

/// An elementwise layer, for some of its channels.
fn by_channel(operator: &Operator, channels: Range<usize>) -> kernels::After<'_> {
    match operator {
        Operator::Affine { scale, shift } => {
            kernels::After::Affine { scale: &scale[channels.clone()], shift: &shift[channels] }
        }
        Operator::Relu => kernels::After::Relu,
        Operator::Function(function) => kernels::After::Function(*function),
        Operator::PRelu(slope) => kernels::After::PRelu { slope: &slope[channels] },
        _ => panic!("this layer is not elementwise"),
    }
}
