//! The threads that share a kernel's work: rayon's pool, which has as many as the affinity of the process and the quota of its control
//! group allow.

use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many threads work.
pub fn count() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on a thread of the pool while the others stay awake. A pass has hundreds of kernels, many of which take less time than it
/// takes to wake a thread for them.
pub fn awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| {
        let done = Done(AtomicBool::new(false));
        let leader = rayon::current_thread_index();
        rayon::in_place_scope(|helpers| {
            let done = &done;
            helpers.spawn_broadcast(move |_, context| {
                if Some(context.index()) == leader {
                    return;
                }
                while !done.0.load(Ordering::Acquire) {
                    if rayon::yield_now() != Some(rayon::Yield::Executed) {
                        hint::spin_loop();
                    }
                }
            });
            let _end = End(done);
            work()
        })
    })
}

/// Whether the others may fall asleep.
struct Done(AtomicBool);

/// Tells so however the work ends, also by a panic: nobody would wait for ever.
struct End<'a>(&'a Done);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Release);
    }
}
