//! What the help says of this paper beside what it says of every paper.

/// Calls, for `cargo xtask --help`.
pub const EXAMPLES: &str = "  \
  cargo xtask reproduce                           everything, measured on this machine
  cargo xtask reproduce --networks alexnet,enet --batches 1
                                                  a small paper, with seconds of measuring
  cargo xtask reproduce --budget 20m              measure for about 20 minutes; the same call again continues
  cargo xtask reproduce --locked                  the published paper, from its records: nothing is measured
  cargo xtask reproduce --machine cpu-3f2a91c0    the report of another machine of the lock, from its records
  cargo xtask reproduce --device simulated        the whole pipeline without measuring; its numbers are marked as such
  cargo xtask doctor                              what would disturb a measurement on this machine, and how to fix it
  cargo xtask watch                               the PDF again on every save, while writing
  cargo xtask plan                                what would run, why, and for how long
  cargo xtask explain report                      one step in full
  cargo xtask new ~/thesis                        a paper of your own, which works as it is
  cargo xtask choose --max-time 30ms              the most accurate network that takes no longer
  cargo xtask compare cpu-3f2a91c0 here           this machine against another one of the lock";

/// What the help of a command adds.
pub const COMMANDS: [(&str, &str); 3] = [
    (
        "reproduce",
        "Steps: counts, measure/DEVICE/NETWORK/bBATCH, layers/DEVICE/NETWORK/b1, estimates, machines/NAME, figures/figNN, figures/index, \
         tables, pictures, facts, claims, page, report.\n
--budget measures batch 1 of all networks first, then batch 16, then the others, each measured as always. Points that do not fit are \
skipped, and figures and report are made of the rest.\n
--again gives points one more session, which estimates combine with those before: the points among them that have the fewest, so that the \
same call continues. Times by layer get another result.",
    ),
    (
        "publish",
        "Reports compare with the published machines, so those of the other machines in artifacts.lock have to be made again after a new \
         one: `cargo xtask reproduce --machine NAME`.",
    ),
    (
        "verify",
        "Numbers are consistent when the 95 % interval of their ratio contains 1, and different when it does not. They are not comparable \
         where it excludes 1 and the variation between sessions is unknown on a side: `cargo xtask reproduce --again 'measure/**'` adds a session.",
    ),
];
