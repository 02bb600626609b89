//! What all peers are measured against: the same ID token, and ring's bare signature check of it.
//!
//! | file | idea |
//! |---|---|
//! | [`token`] | 400 bytes of claims, signed; and tokens each with one flaw |
//! | [`floor`] | the signature over the same bytes, and nothing else |
//! | [`table`] | interleaved rounds of both, and a row of the table |

pub mod floor;
pub mod table;
pub mod token;
