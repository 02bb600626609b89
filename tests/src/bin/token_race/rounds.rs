//! The rounds: what is done to the workers, and what must hold afterwards.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tegata_testkit::Endpoint;
use tegata_testkit::profile::RefreshPolicy;
use tegata_tokens::TokenStore as _;
use tegata_tokens::record::State;

use crate::Failure;
use crate::arena::{Arena, Worker};
use crate::keeper::Backend;

/// How much of everything.
pub(crate) struct Scale {
    refreshes: usize,
    slow: usize,
    callers: usize,
    kills: usize,
    stops: usize,
    impatient: usize,
    revocations: usize,
}

impl Scale {
    pub(crate) const LONG: Self = Self {
        refreshes: 20_000,
        slow: 1000,
        callers: 10_000,
        kills: 200,
        stops: 7,
        impatient: 2000,
        revocations: 10_000,
    };
    pub(crate) const SHORT: Self = Self {
        refreshes: 600,
        slow: 60,
        callers: 1000,
        kills: 8,
        stops: 1,
        impatient: 200,
        revocations: 200,
    };
}

/// What a round showed, and whether it is what must be.
pub(crate) struct Figure {
    pub(crate) text: String,
    pub(crate) good: bool,
}

type Round = fn(&Scale) -> Result<Figure, Failure>;

/// Every round, by name.
pub(crate) const ALL: &[(&str, Round)] = &[
    ("refreshes", refreshes),
    ("slow", slow),
    ("callers", callers),
    ("kill", kill),
    ("stop", |scale| stop(scale, Backend::Blocking)),
    ("stop-async", |scale| stop(scale, Backend::Async)),
    ("give-up", |scale| give_up(scale, Backend::Blocking)),
    ("give-up-async", |scale| give_up(scale, Backend::Async)),
    ("full", full),
    ("read-only", read_only),
    ("revoke", revoke),
];

const PROCESSES: usize = 4;
const THREADS: usize = 8;
const GRANTS: usize = 100;
const BUSY_GRANTS: usize = 16;
const GRACE: Duration = Duration::from_secs(3);

/// Strict rotation with reuse detection; every call wants another token.
fn refreshes(scale: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::Rotate, GRANTS, 8)?;
    race(&arena, scale.refreshes)
}

/// The same, and every tenth answer takes two and a half seconds.
fn slow(scale: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::Rotate, GRANTS, 8)?;
    delay(&arena, scale.slow * 2, |number| match number % 10 {
        9 => Duration::from_millis(2500),
        _ => Duration::ZERO,
    });
    race(&arena, scale.slow)
}

fn race(arena: &Arena, count: usize) -> Result<Figure, Failure> {
    let before = arena.asked();
    let begun = Instant::now();
    let workers = spin(arena, PROCESSES)?;
    wait_until(|| arena.asked() >= before + count)?;
    let counts = stop_all(workers)?;
    let seconds = begun.elapsed().as_secs_f64();
    let (spent, again) = arena.spent();
    let rate = u32::try_from(arena.asked() - before).map_or(0.0, f64::from) / seconds;
    let lost = arena.lost()?;
    let text = format!(
        "{spent} refreshes, {again} repeated, {lost} of {} grants lost, {rate:.0}/s [{}]",
        arena.grants.len(),
        counts.first().map_or("", String::as_str)
    );
    Ok(Figure { text, good: lost == 0 && again == 0 && spent >= count })
}

/// Callers of all processes at once, for one grant whose access token has ended.
fn callers(scale: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::Rotate, 1, 8)?;
    let each = scale.callers / PROCESSES;
    let workers: Result<Vec<_>, _> =
        (0..PROCESSES).map(|_| arena.worker("ask", each, &[])).collect();
    let mut workers = workers?;
    workers.iter_mut().try_for_each(Worker::go)?;
    let lines: Result<Vec<_>, _> = workers.into_iter().map(Worker::stop).collect();
    let served = format!("good {each} gave up 0 revoked 0 lost 0 tokens 1 other 0 drained true");
    let good = lines?.iter().all(|line| *line == served);
    let (spent, _) = arena.spent();
    let lost = arena.lost()?;
    let text = format!("{} callers, {spent} refresh, {lost} lost", each * PROCESSES);
    Ok(Figure { text, good: good && spent == 1 && lost == 0 })
}

/// Workers are killed in the middle of their refreshes, and others started, at a server that
/// forgives a second use for three seconds.
///
/// What a dead process left is found by whoever tends the store.
fn kill(scale: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::RotateWithGrace(GRACE), BUSY_GRANTS, 8)?;
    delay(&arena, 1_000_000, |_| Duration::from_millis(40));
    let mut workers = spin(&arena, PROCESSES)?;
    for _ in 0..scale.kills {
        thread::sleep(Duration::from_millis(100));
        workers.remove(0).kill()?;
        workers.push(arena.worker("spin", THREADS, &[])?);
    }
    thread::sleep(Duration::from_secs(1));
    stop_all(workers)?;
    let (spent, again) = arena.spent();
    let lost = arena.lost()?;
    let text = format!(
        "{} kills, {spent} refreshes, {again} repeated, {lost} of {BUSY_GRANTS} grants lost",
        scale.kills
    );
    Ok(Figure { text, good: lost == 0 })
}

/// A worker is stopped for longer than its lease, at a server that refuses a second use and ends
/// nothing: what it was waiting for is taken over and refused, and still counts when it goes on.
fn stop(scale: &Scale, backend: Backend) -> Result<Figure, Failure> {
    // A deadline of two seconds makes a lease of five.
    let arena = Arena::with("tokens.db", backend, RefreshPolicy::RotateAndReject, GRANTS, 2)?;
    // So long that every thread is waiting for an answer when its process is stopped.
    delay(&arena, 1_000_000, |_| Duration::from_millis(200));
    let workers = spin(&arena, 2)?;
    let stopped = workers.first().map(Worker::id).ok_or("no worker")?;
    for _ in 0..scale.stops {
        thread::sleep(Duration::from_millis(500));
        signal("-STOP", &stopped)?;
        thread::sleep(Duration::from_secs(7));
        signal("-CONT", &stopped)?;
    }
    thread::sleep(Duration::from_secs(3));
    stop_all(workers)?;
    let (spent, again) = arena.spent();
    let lost = arena.lost()?;
    let text = format!(
        "{} stops, {spent} refreshes, {again} repeated, {lost} of {GRANTS} grants lost",
        scale.stops
    );
    Ok(Figure { text, good: lost == 0 })
}

/// Callers give up in the middle of their refreshes, and in the end their processes too.
fn give_up(scale: &Scale, backend: Backend) -> Result<Figure, Failure> {
    let arena = Arena::with("tokens.db", backend, RefreshPolicy::Rotate, GRANTS, 8)?;
    delay(&arena, 1_000_000, |_| Duration::from_millis(50));
    let workers = (0..2).map(|_| arena.worker("give-up", THREADS, &[]));
    let workers = workers.collect::<Result<_, _>>()?;
    wait_until(|| arena.spent().0 >= scale.impatient)?;
    let counts = stop_all(workers)?;
    let (spent, again) = arena.spent();
    let lost = arena.lost()?;
    let text = format!(
        "{spent} refreshes, {again} repeated, {lost} of {GRANTS} grants lost [{}]",
        counts.first().map_or("", String::as_str)
    );
    let drained = counts.iter().all(|line| line.ends_with("drained true"));
    Ok(Figure { text, good: lost == 0 && again == 0 && drained })
}

/// The disk is full from some moment on: no worker may write to a file any more.
fn full(_: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::Rotate, GRANTS, 8)?;
    // A write beyond the limit is an error then, and no signal.
    let worker = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    let worker = arena.worker("spin", THREADS, &worker)?;
    let process = worker.id();
    starve(&arena, worker, "the disk was full", |starving| {
        let size = if starving { "0" } else { "unlimited" };
        succeeds(&["prlimit"], &[&format!("--fsize={size}:"), "--pid", &process])
    })
}

/// The folder of the store, a plain file that is replaced at each change, becomes read-only.
fn read_only(_: &Scale) -> Result<Figure, Failure> {
    let (name, policy) = ("tokens.json", RefreshPolicy::Rotate);
    let arena = Arena::with(name, Backend::Blocking, policy, BUSY_GRANTS, 8)?;
    let folder = arena.folder.path().to_string_lossy().into_owned();
    let probe = format!("{folder}/probe");
    // To an administrator nothing is read-only, unless that privilege is given up.
    let humble = ["setpriv", "--bounding-set=-dac_override"];
    let humble: &[&str] = if succeeds(&humble, &["true"]) { &humble } else { &[] };
    let worker = arena.worker("spin", THREADS, humble)?;
    starve(&arena, worker, "the store was read-only", |starving| {
        let mode = if starving { "555" } else { "755" };
        let changed = succeeds(&[], &["chmod", mode, &folder]);
        changed && succeeds(humble, &["touch", &probe]) != starving
    })
}

/// A worker refreshes, and then its store takes no write for a while.
fn starve(
    arena: &Arena,
    worker: Worker,
    what: &str,
    set: impl Fn(bool) -> bool,
) -> Result<Figure, Failure> {
    wait_until(|| arena.asked() > GRANTS + 20)?;
    if !set(true) {
        let text = "not tried: this system has no means for it".to_owned();
        return Ok(Figure { text, good: true });
    }
    // What was sent before may be on its way: its tokens are kept in the process.
    thread::sleep(Duration::from_secs(1));
    let (before, _) = arena.spent();
    thread::sleep(Duration::from_secs(2));
    let (after, again) = arena.spent();
    if !set(false) {
        return Err("the store could not be made writable again".into());
    }
    // It goes on by itself: what it kept is stored, and what could not begin begins.
    wait_until(|| arena.spent().0 > after + 20)?;
    let line = worker.stop()?;
    let lost = arena.lost()?;
    let spent = after - before;
    let text = format!("{spent} spent while {what}, {again} repeated, {lost} lost [{line}]");
    Ok(Figure { text, good: spent == 0 && again == 0 && lost == 0 })
}

/// Every grant is revoked while others refresh it.
fn revoke(scale: &Scale) -> Result<Figure, Failure> {
    let arena = Arena::new(RefreshPolicy::Rotate, scale.revocations, 8)?;
    // So that revocations come while answers are on their way.
    delay(&arena, scale.revocations * 3, |_| Duration::from_millis(20));
    let mut revokes = arena.worker("revoke", 1, &[])?;
    // In the same order, so that they meet.
    let others = (1..PROCESSES).map(|_| arena.worker("walk", THREADS, &[]));
    let others = others.collect::<Result<_, _>>()?;
    revokes.go()?;
    let line = revokes.line()?;
    let counts = stop_all(others)?;
    let mut alive = 0;
    for grant in &arena.grants {
        let record = arena.store.load(grant)?;
        let over = |state: &State| matches!(state, State::Revoked { .. } | State::Revoking);
        alive += usize::from(!record.is_some_and(|record| over(record.state())));
    }
    let revoked = arena.provider.count(Endpoint::Revocation);
    let (spent, again) = arena.spent();
    let text = format!(
        "{} revoked beside {spent} refreshes, {alive} resurrected, {again} repeated, {revoked} \
         asked of the server [{line}] [{}]",
        arena.grants.len(),
        counts.first().map_or("", String::as_str)
    );
    Ok(Figure { text, good: alive == 0 && again == 0 && spent > 0 })
}

fn spin(arena: &Arena, processes: usize) -> Result<Vec<Worker>, Failure> {
    (0..processes).map(|_| arena.worker("spin", THREADS, &[])).collect()
}

fn stop_all(workers: Vec<Worker>) -> Result<Vec<String>, Failure> {
    workers.into_iter().map(Worker::stop).collect()
}

fn delay(arena: &Arena, answers: usize, of: impl Fn(usize) -> Duration) {
    for number in 0..answers {
        let _ = arena.provider.on(Endpoint::Token).delay_once(of(number));
    }
}

fn signal(name: &str, process: &str) -> Result<(), Failure> {
    match succeeds(&["kill"], &[name, process]) {
        true => Ok(()),
        false => Err(format!("no signal {name} could be sent").into()),
    }
}

/// Runs a command, whose beginning stands in `prefix`.
fn succeeds(prefix: &[&str], rest: &[&str]) -> bool {
    let mut words = prefix.iter().chain(rest);
    let Some(program) = words.next() else { return false };
    let status = Command::new(program).args(words).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn wait_until(done: impl Fn() -> bool) -> Result<(), Failure> {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > Duration::from_secs(600) {
            return Err("it took too long".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
