//! The binary as a person or a script sees it: arguments and standard input in, text and exit status
//! out. The only network is loopback, and nothing waits.

#[cfg(test)]
mod check;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod discover;
#[cfg(test)]
mod explain;
#[cfg(feature = "jwe")]
#[cfg(test)]
mod jwe;
#[cfg(test)]
mod jws;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod real;
#[cfg(test)]
mod run;
#[cfg(test)]
mod token;
#[cfg(test)]
mod tokens;
