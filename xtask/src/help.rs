//! This paper's additions to the help.

/// Examples for `cargo xtask --help`.
pub const EXAMPLES: &str = "  \
  cargo xtask reproduce                           everything, measured on this machine
  cargo xtask reproduce --networks alexnet,enet --batches 1
                                                  a small paper, measured in seconds
  cargo xtask reproduce --budget 20m              measure for about 20 minutes; repeat to continue
  cargo xtask reproduce --locked                  the published paper from its records, without measuring
  cargo xtask reproduce --machine cpu-3f2a91c0    the report of another machine in the lock
  cargo xtask reproduce --device simulated        the whole pipeline without measuring; its numbers are marked
  cargo xtask doctor                              what would interfere with a measurement here, and how to fix it
  cargo xtask devices                             what can be measured on here, and what is missing for the rest
  cargo xtask watch                               the PDF again on every save, while writing
  cargo xtask plan                                what would run, why, and for how long
  cargo xtask explain report                      one step in full
  cargo xtask new ~/thesis                        a paper of your own, which works as it is
  cargo xtask choose --max-time 30ms              the most accurate network that takes no longer
  cargo xtask compare cpu-3f2a91c0 here           this machine against another one in the lock";

/// Additions to the help of commands.
pub const COMMANDS: [(&str, &str); 3] = [
    (
        "reproduce",
        "Steps: counts, measure/DEVICE/NETWORK/bBATCH, layers/DEVICE/NETWORK/b1, estimates, machines/NAME, figures/figNN, figures/index, \
         tables, facts, claims, page, report; with --png also pictures.\n
--budget measures batch 1 of all networks first, then batch 16, then the others. Points that do not fit are skipped; figures and report \
are made from the others.\n
--again adds one session to the selected points that have the fewest, and estimates combine all sessions. Repeat the command to \
continue. Times by layer get another result.",
    ),
    (
        "publish",
        "Reports compare with all published machines. After publishing a new machine, update the report of each other one in artifacts.lock: \
         `cargo xtask reproduce --machine NAME`.",
    ),
    (
        "verify",
        "Two numbers are consistent when the 95 % interval of their ratio contains 1. Otherwise they are different or, where the variation \
         between sessions is unknown for one of them, not comparable. `cargo xtask reproduce --again 'measure/**'` adds a session.",
    ),
];
