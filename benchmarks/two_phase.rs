//! Two-phase commit of Gray and Lamport, searched breadth first: the peer of `explorer.py`.
//!
//! The search is that of Stateright's `spawn_bfs` with one thread (https://github.com/stateright/stateright): states
//! are told apart by a hash of 64 bits, a map has the hash of the state before each, and three properties are judged.
//! The standard library's hash function takes the place of Stateright's. `two_phase MANAGERS` prints the numbers of
//! states and steps.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};

#[derive(Clone, Hash, PartialEq)]
enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Hash, PartialEq)]
enum Decision {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Hash, Eq, Ord, PartialEq, PartialOrd)]
enum Message {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Hash)]
struct State {
    managers: Vec<Manager>,
    decision: Decision,
    counted: Vec<bool>,
    messages: BTreeSet<Message>,
}

enum Step {
    VoteCounted(usize),
    Commit,
    Abort,
    Prepares(usize),
    Aborts(usize),
    HearsCommit(usize),
    HearsAbort(usize),
}

impl State {
    fn first(managers: usize) -> State {
        State {
            managers: vec![Manager::Working; managers],
            decision: Decision::Init,
            counted: vec![false; managers],
            messages: BTreeSet::new(),
        }
    }

    fn steps(&self, steps: &mut Vec<Step>) {
        let open = self.decision == Decision::Init;
        if open {
            if self.counted.iter().all(|one| *one) {
                steps.push(Step::Commit);
            }
            steps.push(Step::Abort);
        }
        let (commit, abort) = (
            self.messages.contains(&Message::Commit),
            self.messages.contains(&Message::Abort),
        );
        for (number, manager) in self.managers.iter().enumerate() {
            if open && self.messages.contains(&Message::Prepared(number)) {
                steps.push(Step::VoteCounted(number));
            }
            if *manager == Manager::Working {
                steps.push(Step::Prepares(number));
                steps.push(Step::Aborts(number));
            }
            if commit {
                steps.push(Step::HearsCommit(number));
            }
            if abort {
                steps.push(Step::HearsAbort(number));
            }
        }
    }

    fn after(&self, step: Step) -> State {
        let mut after = self.clone();
        match step {
            Step::VoteCounted(number) => after.counted[number] = true,
            Step::Commit => {
                after.decision = Decision::Committed;
                after.messages.insert(Message::Commit);
            }
            Step::Abort => {
                after.decision = Decision::Aborted;
                after.messages.insert(Message::Abort);
            }
            Step::Prepares(number) => {
                after.managers[number] = Manager::Prepared;
                after.messages.insert(Message::Prepared(number));
            }
            Step::HearsCommit(number) => after.managers[number] = Manager::Committed,
            Step::Aborts(number) | Step::HearsAbort(number) => {
                after.managers[number] = Manager::Aborted
            }
        }
        after
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn all(&self, manager: Manager) -> bool {
        self.managers.iter().all(|one| *one == manager)
    }

    fn any(&self, manager: Manager) -> bool {
        self.managers.iter().any(|one| *one == manager)
    }
}

/// A hash is its own hash.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, _: &[u8]) {
        unreachable!()
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn main() {
    let managers = std::env::args().nth(1).and_then(|one| one.parse().ok()).expect("a number");
    let first = State::first(managers);
    let mut before: HashMap<u64, Option<u64>, BuildHasherDefault<Itself>> = HashMap::default();
    let mut waiting = VecDeque::from([(first.fingerprint(), first, 0)]);
    before.insert(waiting[0].0, None);
    let (mut taken, mut depth, mut committed, mut aborted) = (0, 0, false, false);
    let mut steps = Vec::new();
    while let Some((fingerprint, state, deep)) = waiting.pop_front() {
        depth = depth.max(deep);
        committed = committed || state.all(Manager::Committed);
        aborted = aborted || state.all(Manager::Aborted);
        assert!(!(state.any(Manager::Committed) && state.any(Manager::Aborted)));
        state.steps(&mut steps);
        for step in steps.drain(..) {
            taken += 1;
            let after = state.after(step);
            let reached = after.fingerprint();
            if let Entry::Vacant(new) = before.entry(reached) {
                new.insert(Some(fingerprint));
                waiting.push_back((reached, after, deep + 1));
            }
        }
    }
    assert!(committed && aborted);
    println!("{} {} {}", before.len(), taken, depth);
}
