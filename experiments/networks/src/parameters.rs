//! The number of trainable parameters, as papers count them: without the running statistics of batch normalisation.

use crate::error::{NetworkError, Problem};
use crate::network::Network;
use crate::tensors::{Tensor, tensors};

/// Elements of all tensors that training changes.
pub fn parameters(network: &Network) -> Result<u64, NetworkError> {
    trained(&tensors(network)?).ok_or_else(|| NetworkError {
        network: network.name.to_owned(),
        layer: "all".to_owned(),
        problem: Problem::TooLarge,
    })
}

/// Elements of those `tensors` that training changes; `None` if 64 bits overflow.
pub fn trained(tensors: &[Tensor]) -> Option<u64> {
    let parameters = tensors.iter().filter(|tensor| tensor.role.is_parameter());
    parameters.map(Tensor::elements).try_fold(0_u64, |sum, elements| sum.checked_add(elements?))
}
