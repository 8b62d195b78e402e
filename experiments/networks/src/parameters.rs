//! The number of trainable parameters, as papers count them: without the running statistics of batch normalisation.

use crate::error::{NetworkError, Problem};
use crate::network::Network;
use crate::tensors::tensors;

/// Elements of all tensors that training changes.
pub fn parameters(network: &Network) -> Result<u64, NetworkError> {
    tensors(network)?.iter().filter(|tensor| tensor.role.is_parameter()).try_fold(0_u64, |sum, tensor| {
        let sum = tensor.elements().and_then(|elements| sum.checked_add(elements));
        sum.ok_or_else(|| NetworkError {
            network: network.name.to_owned(),
            layer: tensor.name.clone(),
            problem: Problem::TooLarge,
        })
    })
}
