//! A worker process: threads that use, refuse or revoke grants, and a line that counts what happened.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tegata_tokens::{Error, GrantId};

use crate::Failure;
use crate::arena::Site;
use crate::keeper::Keeper;

/// Does what `order` says: a job, how many threads, and where.
pub(crate) fn run(order: &[&str]) -> ExitCode {
    match work(order) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn work(order: &[&str]) -> Result<String, Failure> {
    let [job, threads, site @ ..] = order else { return Err("no job".into()) };
    let threads: usize = threads.parse()?;
    let (store, keeper) = Site::parse(site).ok_or("no site")?.open()?;
    let grants = store.list(None, usize::MAX)?;
    println!("ready");
    let tally = match *job {
        "ask" => ask(&keeper, &grants, threads)?,
        "revoke" => revoke(&keeper, &grants)?,
        "give-up" => spin(&keeper, &grants, threads, Way::Impatient)?,
        "walk" => spin(&keeper, &grants, threads, Way::InOrder)?,
        _ => spin(&keeper, &grants, threads, Way::Anyhow)?,
    };
    let drained = keeper.drain();
    Ok(format!("{tally} drained {drained}"))
}

/// Which grant comes next, and whether its token is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Anyhow,
    Impatient,
    InOrder,
}

/// What became of the calls.
#[derive(Debug, Default)]
struct Tally {
    good: usize,
    gave_up: usize,
    revoked: usize,
    lost: usize,
    other: usize,
    tokens: BTreeSet<String>,
    first: Option<String>,
}

impl Tally {
    fn count<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => {
                self.good += 1;
                return Some(value);
            }
            Err(Error::NeedsConsent) => self.lost += 1,
            Err(Error::Revoked) => self.revoked += 1,
            Err(error) => {
                self.other += 1;
                self.first.get_or_insert_with(|| error.to_string());
            }
        }
        None
    }

    fn add(&mut self, other: Self) {
        self.good += other.good;
        self.gave_up += other.gave_up;
        self.revoked += other.revoked;
        self.lost += other.lost;
        self.other += other.other;
        self.tokens.extend(other.tokens);
        self.first = self.first.take().or(other.first);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { good, gave_up, revoked, lost, other, tokens, first } = self;
        let tokens = tokens.len();
        write!(f, "good {good} gave up {gave_up} revoked {revoked} lost {lost}")?;
        write!(f, " tokens {tokens} other {other}")?;
        first.iter().try_for_each(|first| write!(f, " ({first})"))
    }
}

/// Refuses every token that it gets, as an API would, and tends the store, until its input ends.
fn spin(keeper: &Keeper, grants: &[GrantId], threads: usize, way: Way) -> Result<Tally, Failure> {
    let over = AtomicBool::new(false);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|thread| {
                let over = &over;
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    let mut draw = Draw::new(thread);
                    let mut steps = 0..;
                    while !over.load(Ordering::Relaxed) {
                        let next = match way {
                            Way::Anyhow | Way::Impatient => draw.next(),
                            Way::InOrder => steps.next().unwrap_or_default(),
                        };
                        let Some(grant) = grants.get(next % grants.len().max(1)) else { break };
                        let another = match way {
                            Way::Impatient => {
                                let patience = Duration::from_millis(draw.below(IMPATIENCE));
                                keeper.another_within(grant, patience)
                            }
                            _ => Some(keeper.another(grant)),
                        };
                        match another.map(|another| tally.count(another)) {
                            Some(Some(())) => {}
                            Some(None) => thread::sleep(Duration::from_millis(2)),
                            None => tally.gave_up += 1,
                        }
                    }
                    tally
                })
            })
            .collect();
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                // A store that cannot be read is what some rounds are about.
                let _ = keeper.tend();
                thread::sleep(TENDING);
            }
        });
        // Whatever ends the input ends the work.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        over.store(true, Ordering::Relaxed);
        all.into_iter().filter_map(|thread| thread.join().ok()).for_each(|it| tally.add(it));
    });
    Ok(tally)
}

/// Asks for the token of the first grant, on all threads at once.
fn ask(keeper: &Keeper, grants: &[GrantId], threads: usize) -> Result<Tally, Failure> {
    let grant = grants.first().ok_or("no grant")?;
    let begun = std::sync::Barrier::new(threads + 1);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let mut all = Vec::with_capacity(threads);
        for _ in 0..threads {
            let begun = &begun;
            let caller =
                thread::Builder::new().stack_size(128 * 1024).spawn_scoped(scope, move || {
                    begun.wait();
                    keeper.token(grant)
                });
            all.push(caller?);
        }
        io::stdin().read_line(&mut String::new())?;
        begun.wait();
        for caller in all {
            let result = caller.join().map_err(|_| "a caller panicked")?;
            if let Some(token) = tally.count(result) {
                tally.tokens.insert(token);
            }
        }
        Ok(tally)
    })
}

/// Revokes every grant, one after the other, while others refresh it.
fn revoke(keeper: &Keeper, grants: &[GrantId]) -> Result<Tally, Failure> {
    io::stdin().read_line(&mut String::new())?;
    let mut tally = Tally::default();
    for grant in grants {
        tally.count(keeper.revoke(grant));
        // No faster than they refresh.
        thread::sleep(Duration::from_millis(10));
    }
    Ok(tally)
}

/// Numbers in no order that matters: another one for each process and thread.
struct Draw(u64);

impl Draw {
    fn new(thread: usize) -> Self {
        let process = u64::from(std::process::id());
        Self((process << 16 | u64::try_from(thread).unwrap_or_default()) * 2 + 1)
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default()
    }

    fn below(&mut self, limit: u64) -> u64 {
        u64::try_from(self.next()).unwrap_or_default() % limit
    }
}

/// How often what others left is looked for: well within the grace of a server.
const TENDING: Duration = Duration::from_millis(500);

/// How many milliseconds the impatient wait at most: a refresh takes 50 at least.
const IMPATIENCE: u64 = 200;
