//! A plan under construction: what all schedules share.

use std::collections::HashMap;
use std::ops::Range;

use networks::{Branch, Layer, Named, Shape};

use super::arena::{self, Lifetime};
use super::{After, Area, Plan, Schedule, Size, Slice, Step, Work, segments};

/// Steps and areas so far.
pub(super) struct Draft<'a> {
    /// Index of each layer by its unique name.
    layers: HashMap<&'a str, usize>,
    shapes: &'a [networks::Step<'a>],
    image: Size,
    /// The area of the image channels last, once a step reads it. It is live until its last reader.
    converted: Option<usize>,
    steps: Vec<Step>,
    areas: Vec<Area>,
}

/// What a layer reads or writes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// The image, in planes outside the buffer.
    Image,
    /// A whole area.
    Area(usize),
}

/// A value, and whether it may be overwritten because nothing reads it later.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub value: Value,
    pub is_own: bool,
}

/// Requirements for a value that is not computed yet.
#[derive(Default)]
pub(super) struct Target {
    /// Where it has to be written; none means anywhere.
    pub slice: Option<Slice>,
    /// Elementwise operations on it.
    pub after: Vec<After>,
}

impl<'a> Draft<'a> {
    pub fn new(shapes: &'a [networks::Step<'a>], image: Shape) -> Self {
        let layers = shapes.iter().enumerate().map(|(index, step)| (step.name, index)).collect();
        Self { layers, shapes, image: image.into(), converted: None, steps: Vec::new(), areas: Vec::new() }
    }

    pub fn image() -> Part {
        Part { value: Value::Image, is_own: false }
    }

    pub fn index(&self, named: &Named) -> usize {
        self.layers[named.name.as_str()]
    }

    /// The layer's entry in `networks::shapes`.
    pub fn shape(&self, layer: usize) -> &'a networks::Step<'a> {
        &self.shapes[layer]
    }

    /// The output size of a branch with this input size.
    pub fn size_after(&self, branch: &[Named], input: Size) -> Size {
        branch.last().map_or(input, |last| self.shapes[self.index(last)].output.into())
    }

    pub fn push(&mut self, work: Work, output: Slice, after: Vec<After>) {
        self.steps.push(Step { work, output, after, finished: None });
    }

    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    pub fn finished(&mut self, layer: usize) {
        if let Some(step) = self.steps.last_mut() {
            step.finished = Some(layer);
        }
    }

    /// A new area for the output of a layer.
    pub fn area(&mut self, layer: usize, size: Size) -> Slice {
        self.areas.push(Area { size, offset: 0, micro_batch: None, layer });
        Slice { area: self.areas.len() - 1, first: 0, channels: size.channels }
    }

    pub fn size(&self, value: Value) -> Size {
        match value {
            Value::Image => self.image,
            Value::Area(area) => self.areas[area].size,
        }
    }

    pub fn whole_slice(&self, area: usize) -> Slice {
        Slice { area, first: 0, channels: self.areas[area].size.channels }
    }

    /// The area from which `layer` can read `value`.
    pub fn read(&mut self, layer: usize, value: Value) -> usize {
        match (value, self.converted) {
            (Value::Area(area), _) | (Value::Image, Some(area)) => area,
            (Value::Image, None) => {
                let slice = self.area(layer, self.image);
                self.push(Work::Image, slice, Vec::new());
                self.converted = Some(slice.area);
                slice.area
            }
        }
    }

    /// A step for a layer other than a sum, a product, a concatenation or an elementwise layer.
    pub fn layer(&mut self, layer: usize, input: Part, target: Target) -> Part {
        let shape = self.shape(layer);
        if matches!(shape.layer, Layer::Flatten) && target.slice.is_some() {
            // This kernel can only write a whole area.
            let part = self.layer(layer, input, Target::default());
            return self.deliver(layer, part, target);
        }
        let input = self.read(layer, input.value);
        let slice = target.slice.unwrap_or_else(|| self.area(layer, shape.output.into()));
        self.push(Work::Layer { layer, input }, slice, target.after);
        Part { value: Value::Area(slice.area), is_own: true }
    }

    /// The outputs of branches that run one after the other, each by `run`. The last one may overwrite the input, unless an earlier
    /// part is the input itself.
    pub fn parts(
        &mut self,
        branches: &'a [Branch],
        input: Part,
        mut run: impl FnMut(&mut Self, &'a Branch, Part) -> Part,
    ) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let is_last = index + 1 == branches.len() && parts.iter().all(|part| part.value != input.value);
            parts.push(run(self, branch, Part { is_own: input.is_own && is_last, ..input }));
        }
        parts
    }

    /// `part` as `target` requires it, on behalf of `layer`.
    pub fn deliver(&mut self, layer: usize, part: Part, target: Target) -> Part {
        let Target { slice, after } = target;
        if slice.is_none() && after.is_empty() {
            return part;
        }
        match (slice, part.value) {
            (None, Value::Area(area)) if part.is_own && !reads(&after, area) => {
                self.push(Work::InPlace, self.whole_slice(area), after);
                part
            }
            _ => {
                let input = self.read(layer, part.value);
                let slice = slice.unwrap_or_else(|| self.area(layer, self.size(part.value)));
                self.push(Work::Copy(input), slice, after);
                Part { value: Value::Area(slice.area), is_own: true }
            }
        }
    }

    /// A sum of computed parts, into the first part that may be overwritten; the others are added in order.
    pub fn sum(&mut self, layer: usize, parts: &[Part], mut target: Target) -> Part {
        let is_alone =
            |part: &&Part| part.is_own && parts.iter().filter(|other| other.value == part.value).count() == 1;
        let total = parts.iter().position(|part| is_alone(&part)).unwrap_or(0);
        let others = parts.iter().enumerate().filter(|(index, _)| *index != total);
        let added: Vec<_> = others.map(|(_, part)| After::Add(self.read(layer, part.value))).collect();
        target.after.splice(0..0, added);
        self.deliver(layer, parts[total], target)
    }

    /// A product of computed parts of branches of `input`, into the first part if that may be overwritten.
    pub fn product(&mut self, layer: usize, parts: &[Part], input: Part, mut target: Target) -> Part {
        let Some((first, others)) = parts.split_first() else { return self.deliver(layer, input, target) };
        let factors: Vec<_> = others.iter().map(|part| After::Multiply(self.read(layer, part.value))).collect();
        target.after.splice(0..0, factors);
        // All branches have been computed, so the input has no other reader.
        let is_own = first.is_own || first.value == input.value && input.is_own;
        self.deliver(layer, Part { is_own, ..*first }, target)
    }

    pub fn finish(mut self, output: Part, schedule: Schedule) -> Plan {
        let output = match output.value {
            Value::Area(area) => area,
            // A network without layers.
            Value::Image => {
                let input = self.read(0, Value::Image);
                let slice = self.area(0, self.image);
                self.push(Work::Copy(input), slice, Vec::new());
                slice.area
            }
        };
        let segments = match schedule {
            Schedule::Layers | Schedule::Whole => segments::whole(&self.steps),
            Schedule::MicroBatches => segments::in_cache(&self.steps, &self.areas),
        };
        let lifetimes = lifetimes(&self.steps, self.areas.len(), output);
        let segment_of = |step: usize| segments.iter().position(|segment| segment.steps.contains(&step));
        let mut of_batch = Vec::new();
        let mut of_segment = vec![Vec::new(); segments.len()];
        for (area, lifetime) in lifetimes.into_iter().enumerate() {
            // An area that no step uses takes no memory.
            let Some(Range { start, end }) = lifetime else { continue };
            let elements = self.areas[area].elements();
            let (first, last) = (segment_of(start), segment_of(end));
            if let (Some(segment), true) = (first, first == last)
                && segments[segment].has_micro_batches()
            {
                self.areas[area].micro_batch = Some(segments[segment].images);
                of_segment[segment].push((area, Lifetime { elements, first: start, last: end }));
                continue;
            }
            // All micro-batches of a segment need it: it is live from the start of its first segment to the end of its last.
            let split = |segment: Option<usize>| segment.map(|at| &segments[at]).filter(|at| at.has_micro_batches());
            let first = split(first).map_or(start, |segment| segment.steps.start);
            let last = split(last).map_or(end, |segment| segment.steps.end - 1);
            of_batch.push((area, Lifetime { elements, first, last }));
        }
        let elements = self.assign_offsets(&of_batch);
        let of_micro_batches = of_segment.iter().map(|areas| self.assign_offsets(areas)).collect();
        Plan { steps: self.steps, areas: self.areas, output, segments, elements, of_micro_batches }
    }

    /// Assigns offsets to areas, and returns how many numbers they take.
    fn assign_offsets(&mut self, areas: &[(usize, Lifetime)]) -> usize {
        let lifetimes: Vec<_> = areas.iter().map(|(_, lifetime)| *lifetime).collect();
        let (offsets, elements) = arena::offsets(&lifetimes);
        for ((area, _), offset) in areas.iter().zip(offsets) {
            self.areas[*area].offset = offset;
        }
        elements
    }
}

/// Whether elementwise operations read an area.
fn reads(after: &[After], area: usize) -> bool {
    after.contains(&After::Add(area)) || after.contains(&After::Multiply(area))
}

/// From the first step that uses an area to the last, both included; the output is read after all steps.
fn lifetimes(steps: &[Step], areas: usize, output: usize) -> Vec<Option<Range<usize>>> {
    let mut lifetimes: Vec<Option<Range<usize>>> = vec![None; areas];
    for (index, step) in steps.iter().enumerate() {
        for area in segments::touched(step) {
            lifetimes[area].get_or_insert(index..index).end = index;
        }
    }
    if let Some(lifetime) = &mut lifetimes[output] {
        lifetime.end = steps.len();
    }
    lifetimes
}
