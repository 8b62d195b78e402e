//! What to do with a job that has no outcome yet, by the state and reason that Slurm gives for it.
//!
//! Slurm's own words say whether to wait and never what a job has measured: a job whose program never started can be
//! `COMPLETED` with exit code 0 (Slurm 22.05.8), so only the outcome that the program leaves counts.

use std::time::Duration;

use super::listing::Listed;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Wait.
    Wait,
    /// Look for the outcome for a while, since shared folders show files late; then it is lost.
    Look,
    /// It will never run: cancel it, and fail with this reason.
    Never(String),
    /// It was lost, with this reason: cancel what is left of it, and submit it again.
    Lost(String),
    /// Somebody has cancelled it.
    Cancelled,
    /// It ended in a way that another attempt would not change.
    Failed(String),
    /// It ran out of time.
    Late,
}

/// How long an ended job's outcome is looked for.
pub const SHARES_LAG: Duration = Duration::from_secs(60);
/// How far beyond its limit a job may run: Slurm ends jobs up to 30 s late, and then waits for their processes.
const OVERTIME: Duration = Duration::from_secs(180);

/// What to do with a job whose time limit is `limit`, and which is seen running since `running`.
pub fn action(job: &Listed, limit: Duration, running: Duration) -> Action {
    let reason = job.reason.as_str();
    match job.state.as_str() {
        "PENDING" if is_never(reason) => Action::Never(reason.to_owned()),
        "PENDING" if ["JobHeldUser", "JobHeldAdmin"].contains(&reason) => Action::Wait,
        "PENDING" if reason.contains("held") || reason.contains("launch failed") => {
            Action::Lost(format!("Slurm could not start it ({reason})"))
        }
        "RUNNING" if running > limit + OVERTIME => {
            Action::Lost(format!("it is still listed as running {} min beyond its limit", OVERTIME.as_secs() / 60))
        }
        "PENDING" | "RUNNING" | "SUSPENDED" | "COMPLETING" | "CONFIGURING" | "STAGE_OUT" | "SIGNALING" | "STOPPED"
        | "RESIZING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => Action::Wait,
        "COMPLETED" => Action::Look,
        "TIMEOUT" => Action::Late,
        "CANCELLED" => Action::Cancelled,
        "OUT_OF_MEMORY" => Action::Failed("ran out of memory: the node ended it".to_owned()),
        "FAILED" => Action::Failed(String::new()),
        // A node that failed, preemption, and whatever a later version may add.
        state => Action::Lost(format!("Slurm calls it {state}")),
    }
}

/// Whether a job that waits for this reason waits for ever.
fn is_never(reason: &str) -> bool {
    ["PartitionConfig", "BadConstraints", "DependencyNeverSatisfied", "InvalidAccount", "InvalidQOS"].contains(&reason)
        || ["PartitionTimeLimit", "PartitionNodeLimit"].contains(&reason)
}

/// Whether a job in this state may still run or be running.
pub fn is_living(state: &str) -> bool {
    let ended = [
        "COMPLETED",
        "TIMEOUT",
        "CANCELLED",
        "OUT_OF_MEMORY",
        "FAILED",
        "NODE_FAIL",
        "BOOT_FAIL",
        "PREEMPTED",
        "DEADLINE",
        "REVOKED",
    ];
    !ended.contains(&state)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(300);

    fn after(state: &str, reason: &str, running: u64) -> Action {
        let job = Listed { id: 7, state: state.to_owned(), node: "n1".to_owned(), reason: reason.to_owned() };
        action(&job, LIMIT, Duration::from_secs(running))
    }

    /// The states and reasons that Slurm 22.05.8 was seen to give, and what each was found to mean.
    #[test]
    fn a_job_that_may_still_run_is_waited_for() {
        for reason in [
            "None",
            "Resources",
            "Priority",
            "BeginTime",
            "Dependency",
            "JobHeldUser",
            "JobHeldAdmin",
            "PartitionDown",
            "ReqNodeNotAvail, UnavailableNodes:n1",
        ] {
            assert_eq!(after("PENDING", reason, 0), Action::Wait, "{reason}");
        }
        for state in ["RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING"] {
            assert_eq!(after(state, "None", 400), Action::Wait, "{state}");
        }
    }

    #[test]
    fn a_job_that_waits_for_ever_is_an_error_with_the_reason() {
        for reason in ["PartitionConfig", "BadConstraints", "DependencyNeverSatisfied"] {
            assert_eq!(after("PENDING", reason, 0), Action::Never(reason.to_owned()));
        }
    }

    #[test]
    fn what_slurm_or_a_node_lost_is_submitted_again() {
        let lost = |state, reason, running| matches!(after(state, reason, running), Action::Lost(_));
        assert!(lost("PENDING", "launch failed requeued held", 0));
        assert!(lost("RUNNING", "None", 481) && !lost("RUNNING", "None", 480));
        for state in ["NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "DEADLINE", "A_STATE_OF_LATER_VERSIONS"] {
            assert!(lost(state, "None", 1), "{state}");
        }
    }

    #[test]
    fn an_end_proves_nothing_without_an_outcome() {
        assert_eq!(after("COMPLETED", "None", 1), Action::Look);
        assert_eq!(after("CANCELLED", "None", 1), Action::Cancelled);
        assert_eq!(after("TIMEOUT", "TimeLimit", 1), Action::Late);
        assert!(matches!(after("OUT_OF_MEMORY", "OutOfMemory", 1), Action::Failed(text) if text.contains("memory")));
        assert!(matches!(after("FAILED", "NonZeroExitCode", 1), Action::Failed(_)));
    }
}
