//! Arguments whose values are a list of names: clap shows them in its help and in its errors.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A parser that accepts the names of `all`, and nothing else.
pub(crate) fn named<T: Clone + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(&T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(name))
        .try_map(move |text| all.iter().find(|one| name(one) == text).cloned().ok_or("unknown"))
}
