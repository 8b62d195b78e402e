//! Which of several choices nothing beats: none costs as little and gives as much. Knows neither what they cost nor what they give.

/// The places of the choices (cost, gain) that no other beats, by ascending cost: each gives more than all that cost less. Of equal ones
/// the first.
pub fn frontier(choices: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..choices.len()).collect();
    let by_cost = |a: &usize, b: &usize| {
        let ((cost_a, gain_a), (cost_b, gain_b)) = (choices[*a], choices[*b]);
        cost_a.total_cmp(&cost_b).then(gain_b.total_cmp(&gain_a))
    };
    order.sort_by(by_cost);
    let mut most = f64::NEG_INFINITY;
    order.retain(|place| {
        let (cost, gain) = choices[*place];
        let is_more = cost.is_finite() && gain > most;
        if is_more {
            most = gain;
        }
        is_more
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_and_gives_no_more_is_beaten() {
        let choices = [(3.0, 70.0), (1.0, 60.0), (2.0, 55.0), (2.0, 65.0), (4.0, 70.0), (5.0, 80.0)];
        assert_eq!(frontier(&choices), [1, 3, 0, 5]);
    }

    #[test]
    fn of_equal_choices_the_first_stays_and_what_is_no_number_goes() {
        assert_eq!(frontier(&[(1.0, 5.0), (1.0, 5.0), (f64::NAN, 9.0), (0.5, f64::NAN), (f64::INFINITY, 9.0)]), [0]);
        assert_eq!(frontier(&[]), Vec::<usize>::new());
    }
}
