//! `prompt` (OpenID Connect Core §3.1.2.1): a set in which `none` stands alone.

use crate::error::ApiMisuse;

/// What the provider must show the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Ask for consent again.
    Consent,
    /// Offer to make an account (OpenID Connect Prompt Create).
    Create,
    /// Ask for the password again.
    Login,
    /// Show nothing: answer at once or fail. Stands alone.
    None,
    /// Let the user pick an account.
    SelectAccount,
}

impl Prompt {
    /// The word, as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Create => "create",
            Self::Login => "login",
            Self::None => "none",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The parameter's value for a set of prompts.
///
/// ```
/// use tegata_core::authorize::{Prompt, prompt_value};
///
/// assert_eq!(prompt_value(&[Prompt::Consent, Prompt::SelectAccount])?, "consent select_account");
/// assert!(prompt_value(&[Prompt::None, Prompt::Login]).is_err());
/// # Ok::<(), tegata_core::error::ApiMisuse>(())
/// ```
///
/// # Errors
///
/// [`ApiMisuse::PromptNoneWithOthers`].
pub fn prompt_value(prompts: &[Prompt]) -> Result<String, ApiMisuse> {
    if prompts.contains(&Prompt::None) && prompts.iter().any(|prompt| *prompt != Prompt::None) {
        return Err(ApiMisuse::PromptNoneWithOthers);
    }
    let mut words: Vec<&str> = Vec::new();
    for prompt in prompts {
        if !words.contains(&prompt.as_str()) {
            words.push(prompt.as_str());
        }
    }
    Ok(words.join(" "))
}
