//! Loops over the values of rows, for code that runs within `Arch::dispatch`. Long rows are left to the compiler, whose
//! loops first test whether the slices overlap and how many values remain after whole vectors. For a short row these
//! tests would take longer than the row. It is therefore processed in blocks of 16, 4 and 1 values, each read
//! completely before it is written, so that 16 channels take one or two vectors and little more.

/// Minimum length of a long row.
const LONG: usize = 64;

/// `row[i] = op(row[i])`.
#[inline(always)]
pub(crate) fn with_none(row: &mut [f32], op: impl Fn(f32) -> f32 + Copy) {
    if row.len() >= LONG {
        return row.iter_mut().for_each(|x| *x = op(*x));
    }
    in_blocks(row, op);
}

/// The same for a function of many operations, where such tests do not matter and vectors do: `for_each` and its closure
/// may become a function of their own, without the vectors that `Arch::dispatch` selected.
#[inline(always)]
pub(crate) fn in_blocks(row: &mut [f32], op: impl Fn(f32) -> f32 + Copy) {
    let row = none_by::<16>(row, op);
    let row = none_by::<4>(row, op);
    none_by::<1>(row, op);
}

/// `row[i] = op(row[i], a[i])`; the slices have equal lengths.
#[inline(always)]
pub(crate) fn with_one(row: &mut [f32], a: &[f32], op: impl Fn(f32, f32) -> f32 + Copy) {
    if row.len() >= LONG {
        for (x, a) in row.iter_mut().zip(a) {
            *x = op(*x, *a);
        }
        return;
    }
    let (row, a) = one_by::<16>(row, a, op);
    let (row, a) = one_by::<4>(row, a, op);
    one_by::<1>(row, a, op);
}

/// `row[i] = op(row[i], a[i], b[i])`; the slices have equal lengths.
#[inline(always)]
pub(crate) fn with_two(row: &mut [f32], a: &[f32], b: &[f32], op: impl Fn(f32, f32, f32) -> f32 + Copy) {
    if row.len() >= LONG {
        for ((x, a), b) in row.iter_mut().zip(a).zip(b) {
            *x = op(*x, *a, *b);
        }
        return;
    }
    let (row, a, b) = two_by::<16>(row, a, b, op);
    let (row, a, b) = two_by::<4>(row, a, b, op);
    two_by::<1>(row, a, b, op);
}

/// `row[i] = op(row[i], a[i], b[i], c[i])`; the slices have equal lengths.
#[inline(always)]
pub(crate) fn with_three(
    row: &mut [f32],
    a: &[f32],
    b: &[f32],
    c: &[f32],
    op: impl Fn(f32, f32, f32, f32) -> f32 + Copy,
) {
    if row.len() >= LONG {
        for (((x, a), b), c) in row.iter_mut().zip(a).zip(b).zip(c) {
            *x = op(*x, *a, *b, *c);
        }
        return;
    }
    let (row, a, b, c) = three_by::<16>(row, a, b, c, op);
    let (row, a, b, c) = three_by::<4>(row, a, b, c, op);
    three_by::<1>(row, a, b, c, op);
}

/// Processes all whole blocks of `N` values and returns the remainder.
#[inline(always)]
fn none_by<const N: usize>(row: &mut [f32], op: impl Fn(f32) -> f32) -> &mut [f32] {
    let (blocks, tail) = row.as_chunks_mut::<N>();
    for block in blocks {
        let mut x = *block;
        for x in &mut x {
            *x = op(*x);
        }
        *block = x;
    }
    tail
}

#[inline(always)]
fn one_by<'r, 'a, const N: usize>(
    row: &'r mut [f32],
    a: &'a [f32],
    op: impl Fn(f32, f32) -> f32,
) -> (&'r mut [f32], &'a [f32]) {
    let (blocks, tail) = row.as_chunks_mut::<N>();
    let (blocks_a, tail_a) = a.as_chunks::<N>();
    for (block, a) in blocks.iter_mut().zip(blocks_a) {
        let (mut x, a) = (*block, *a);
        for i in 0..N {
            x[i] = op(x[i], a[i]);
        }
        *block = x;
    }
    (tail, tail_a)
}

#[inline(always)]
fn two_by<'r, 'a, const N: usize>(
    row: &'r mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    op: impl Fn(f32, f32, f32) -> f32,
) -> (&'r mut [f32], &'a [f32], &'a [f32]) {
    let (blocks, tail) = row.as_chunks_mut::<N>();
    let (blocks_a, tail_a) = a.as_chunks::<N>();
    let (blocks_b, tail_b) = b.as_chunks::<N>();
    for ((block, a), b) in blocks.iter_mut().zip(blocks_a).zip(blocks_b) {
        let (mut x, a, b) = (*block, *a, *b);
        for i in 0..N {
            x[i] = op(x[i], a[i], b[i]);
        }
        *block = x;
    }
    (tail, tail_a, tail_b)
}

#[inline(always)]
fn three_by<'r, 'a, const N: usize>(
    row: &'r mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    c: &'a [f32],
    op: impl Fn(f32, f32, f32, f32) -> f32,
) -> (&'r mut [f32], &'a [f32], &'a [f32], &'a [f32]) {
    let (blocks, tail) = row.as_chunks_mut::<N>();
    let (blocks_a, tail_a) = a.as_chunks::<N>();
    let (blocks_b, tail_b) = b.as_chunks::<N>();
    let (blocks_c, tail_c) = c.as_chunks::<N>();
    for (((block, a), b), c) in blocks.iter_mut().zip(blocks_a).zip(blocks_b).zip(blocks_c) {
        let (mut x, a, b, c) = (*block, *a, *b, *c);
        for i in 0..N {
            x[i] = op(x[i], a[i], b[i], c[i]);
        }
        *block = x;
    }
    (tail, tail_a, tail_b, tail_c)
}
