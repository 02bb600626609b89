//! What each test module of the suite takes, beyond the provider's part in it.

/// What the application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Signs in, refreshes, and uses the new token.
    Refresh,
    /// Signs in, and asks for more about the user.
    SignIn,
    /// The same, and signs out again.
    SignOut,
    /// Asks for a sign-in that cannot be: without a word, and no older than this moment.
    Silently,
    /// Signs in, and watches the session by the provider's frame.
    Watch,
}

impl Plan {
    /// The plan of the module of that name. Only those that differ are named: most modules are a
    /// sign-in to the application, however the provider behaves.
    pub(crate) fn of(module: &str) -> Option<Self> {
        let test = module.strip_prefix("oidcc-client-test")?;
        Some(match test {
            "-form-post-error" => Self::Silently,
            "-rp-frontchannel-opinitlogout" => Self::SignIn,
            "-session-management" => Self::Watch,
            _ if test.starts_with("-refresh-token") => Self::Refresh,
            _ if test.starts_with("-rp-") => Self::SignOut,
            _ => Self::SignIn,
        })
    }
}
