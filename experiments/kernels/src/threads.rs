//! The threads that share a kernel's work: rayon's pool, with as many threads as the process's affinity and the quota
//! of its control group allow.

use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of threads.
pub fn count() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on a thread of the pool while the others stay awake. A pass has hundreds of kernels, and many of them
/// take less time than waking a thread.
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

/// Whether the other threads may sleep.
struct Done(AtomicBool);

/// Sets [`Done`] when the work ends, even by a panic, so that no thread waits forever.
struct End<'a>(&'a Done);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Release);
    }
}
