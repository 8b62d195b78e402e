//! A plan while it is written: what both schedules put together.

use std::collections::HashMap;
use std::ops::Range;

use networks::{Branch, Layer, Named, Shape};

use super::arena::{self, Life};
use super::{After, Area, Plan, Schedule, Size, Step, View, Work, segments};

/// Steps and areas so far.
pub(super) struct Draft<'a> {
    /// Each layer by its name, which is its own.
    layers: HashMap<&'a str, usize>,
    shapes: &'a [networks::Step<'a>],
    image: Size,
    /// Where the image lies channels last, once somebody wanted to read it. It stays there until its last reader.
    converted: Option<usize>,
    steps: Vec<Step>,
    areas: Vec<Area>,
}

/// What a layer reads or gives.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// The image, in planes and not in the buffer.
    Image,
    /// A whole area.
    Area(usize),
}

/// A value, and whether nobody else reads it later: then it may be written over.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub value: Value,
    pub is_own: bool,
}

/// What is wanted of a value that is still to be made.
#[derive(Default)]
pub(super) struct Target {
    /// Where it has to lie; anywhere if none.
    pub view: Option<View>,
    /// What has to be done to it there.
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

    /// The step of the walk over shapes.
    pub fn shape(&self, layer: usize) -> &'a networks::Step<'a> {
        &self.shapes[layer]
    }

    /// What an branch gives that gets `input`.
    pub fn size_after(&self, branch: &[Named], input: Size) -> Size {
        branch.last().map_or(input, |last| self.shapes[self.index(last)].output.into())
    }

    pub fn push(&mut self, work: Work, output: View, after: Vec<After>) {
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

    /// A new area for a layer's maps.
    pub fn area(&mut self, layer: usize, size: Size) -> View {
        self.areas.push(Area { size, place: 0, turns: None, layer });
        View { area: self.areas.len() - 1, first: 0, channels: size.channels }
    }

    pub fn size(&self, value: Value) -> Size {
        match value {
            Value::Image => self.image,
            Value::Area(area) => self.areas[area].size,
        }
    }

    pub fn whole_view(&self, area: usize) -> View {
        View { area, first: 0, channels: self.areas[area].size.channels }
    }

    /// The area in which `value` can be read, for `layer`.
    pub fn read(&mut self, layer: usize, value: Value) -> usize {
        match (value, self.converted) {
            (Value::Area(area), _) | (Value::Image, Some(area)) => area,
            (Value::Image, None) => {
                let view = self.area(layer, self.image);
                self.push(Work::Image, view, Vec::new());
                self.converted = Some(view.area);
                view.area
            }
        }
    }

    /// A step for a layer that is neither a sum nor a join, nor done to each number by itself.
    pub fn layer(&mut self, layer: usize, input: Part, target: Target) -> Part {
        let shape = self.shape(layer);
        if matches!(shape.layer, Layer::Flatten) && target.view.is_some() {
            // It writes whole areas alone.
            let part = self.layer(layer, input, Target::default());
            return self.deliver(layer, part, target);
        }
        let input = self.read(layer, input.value);
        let view = target.view.unwrap_or_else(|| self.area(layer, shape.output.into()));
        self.push(Work::Layer { layer, input }, view, target.after);
        Part { value: Value::Area(view.area), is_own: true }
    }

    /// The outputs of branches that run one after the other, each by `run`. The last one may write over the input, unless an earlier part
    /// is the input itself.
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

    /// `part` where and as it is wanted, on behalf of `layer`.
    pub fn deliver(&mut self, layer: usize, part: Part, target: Target) -> Part {
        let Target { view, after } = target;
        if view.is_none() && after.is_empty() {
            return part;
        }
        match (view, part.value) {
            (None, Value::Area(area)) if part.is_own && !after.contains(&After::Add(area)) => {
                self.push(Work::InPlace, self.whole_view(area), after);
                part
            }
            _ => {
                let input = self.read(layer, part.value);
                let view = view.unwrap_or_else(|| self.area(layer, self.size(part.value)));
                self.push(Work::Copy(input), view, after);
                Part { value: Value::Area(view.area), is_own: true }
            }
        }
    }

    /// A sum of parts that are all there: into the first of them that nobody else reads, then the others in their order.
    pub fn sum(&mut self, layer: usize, parts: &[Part], mut target: Target) -> Part {
        let is_alone =
            |part: &&Part| part.is_own && parts.iter().filter(|other| other.value == part.value).count() == 1;
        let total = parts.iter().position(|part| is_alone(&part)).unwrap_or(0);
        let others = parts.iter().enumerate().filter(|(index, _)| *index != total);
        let added: Vec<_> = others.map(|(_, part)| After::Add(self.read(layer, part.value))).collect();
        target.after.splice(0..0, added);
        self.deliver(layer, parts[total], target)
    }

    pub fn finish(mut self, output: Part, schedule: Schedule) -> Plan {
        let output = match output.value {
            Value::Area(area) => area,
            // A network that computes nothing.
            Value::Image => {
                let input = self.read(0, Value::Image);
                let view = self.area(0, self.image);
                self.push(Work::Copy(input), view, Vec::new());
                view.area
            }
        };
        let segments = match schedule {
            Schedule::Layers | Schedule::Whole => segments::whole(&self.steps),
            Schedule::Turns => segments::in_cache(&self.steps, &self.areas),
        };
        let lives = lives(&self.steps, self.areas.len(), output);
        let segment_of = |step: usize| segments.iter().position(|segment| segment.steps.contains(&step));
        let mut of_batch = Vec::new();
        let mut of_segment = vec![Vec::new(); segments.len()];
        for (area, life) in lives.into_iter().enumerate() {
            // What no step touches takes no room.
            let Some(Range { start, end }) = life else { continue };
            let elements = self.areas[area].elements();
            let (first, last) = (segment_of(start), segment_of(end));
            if let (Some(segment), true) = (first, first == last)
                && segments[segment].has_turns()
            {
                self.areas[area].turns = Some(segments[segment].images);
                of_segment[segment].push((area, Life { elements, first: start, last: end }));
                continue;
            }
            // Later turns of the same segment need it too: it is in use from the beginning of a segment to the end of one.
            let turning = |segment: Option<usize>| segment.map(|at| &segments[at]).filter(|at| at.has_turns());
            let first = turning(first).map_or(start, |segment| segment.steps.start);
            let last = turning(last).map_or(end, |segment| segment.steps.end - 1);
            of_batch.push((area, Life { elements, first, last }));
        }
        let elements = self.place(&of_batch);
        let of_turns = of_segment.iter().map(|areas| self.place(areas)).collect();
        Plan { steps: self.steps, areas: self.areas, output, segments, elements, of_turns }
    }

    /// Places areas beside each other, and says how many numbers they take.
    fn place(&mut self, areas: &[(usize, Life)]) -> usize {
        let lives: Vec<_> = areas.iter().map(|(_, life)| *life).collect();
        let (places, elements) = arena::places(&lives);
        for ((area, _), place) in areas.iter().zip(places) {
            self.areas[*area].place = place;
        }
        elements
    }
}

/// From the first step that touches an area to the last, both included; the output is read after all steps.
fn lives(steps: &[Step], areas: usize, output: usize) -> Vec<Option<Range<usize>>> {
    let mut lives: Vec<Option<Range<usize>>> = vec![None; areas];
    for (index, step) in steps.iter().enumerate() {
        for area in segments::touched(step) {
            lives[area].get_or_insert(index..index).end = index;
        }
    }
    if let Some(life) = &mut lives[output] {
        life.end = steps.len();
    }
    lives
}
