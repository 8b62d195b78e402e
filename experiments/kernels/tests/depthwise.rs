//! Depthwise convolutions against convolutions with as many groups as channels, which have tests of their own.

mod common;

use common::{Planes, everywhere, numbers};
use kernels::{After, Convolution, Depthwise, Dims, Geometry, Map, Processor, Rows};

/// Of `channels` channels with a square kernel.
fn square(channels: usize, kernel: usize, stride: usize, padding: usize) -> Geometry {
    Geometry {
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        groups: channels,
        ..Geometry::linear(channels, channels)
    }
}

#[test]
fn a_depthwise_convolution_gives_the_bits_of_a_grouped_one() {
    let mut cases: Vec<(Geometry, [usize; 3])> = Vec::new();
    for channels in [2, 7, 16, 83, 150] {
        cases.push((square(channels, 3, 1, 1), [2, 5, 7]));
        cases.push((square(channels, 5, 2, 2), [1, 9, 8]));
        cases.push((Geometry { extra_padding: [1, 2], ..square(channels, 3, 2, 0) }, [1, 8, 7]));
        cases.push((Geometry { dilation: [2, 3], ..square(channels, 3, 1, 2) }, [1, 6, 9]));
    }
    // A kernel that is completely outside the map at its edges, one larger than the map, and maps large enough for several threads.
    cases.push((square(24, 3, 1, 5), [1, 2, 2]));
    cases.push((square(24, 7, 1, 3), [3, 3, 2]));
    cases.push((square(96, 7, 1, 3), [2, 21, 19]));
    for (geometry, [images, height, width]) in cases {
        let channels = geometry.inputs;
        let input = Planes::new([images, channels, height, width], 1);
        let weights = numbers(channels * geometry.kernel[0] * geometry.kernel[1], 2);
        let [scale, shift, bias] = [3, 4, 5].map(|seed| numbers(channels, seed));
        let bias = (channels != 16).then_some(&bias[..]);
        let output = geometry.output(input.dims());
        let other = numbers(output.elements(), 6);
        let after = [After::Affine { scale: &scale, shift: &shift }, After::Add(&other), After::Relu];
        for after in [&[][..], &after] {
            let ours = everywhere(&input, output, &|processor, map, rows| {
                Depthwise::pack(processor, geometry, &weights, bias).run(map, rows, after);
            });
            let values = input.last();
            let mut grouped = vec![0.0; output.elements()];
            let convolution = Convolution::pack(Processor::new(), geometry, &weights, bias);
            convolution.run(Map::new(&values, input.dims()), Rows::whole(&mut grouped, channels), after);
            // A sum may be the other zero, since only one of them adds the products of padding.
            assert_eq!(ours, grouped, "{geometry:?}");
        }
    }
}

#[test]
fn an_empty_batch_is_accepted() {
    let dims = Dims { images: 0, height: 5, width: 5, channels: 3 };
    let depthwise = Depthwise::pack(Processor::new(), square(3, 3, 1, 1), &[0.0; 27], None);
    depthwise.run(Map::new(&[], dims), Rows::whole(&mut [], 3), &[]);
}

#[test]
#[should_panic(expected = "is not depthwise")]
fn a_convolution_across_channels_is_refused() {
    Depthwise::pack(Processor::new(), Geometry { groups: 1, ..square(3, 3, 1, 1) }, &[0.0; 81], None);
}
